-- Whether each quarter has one look by the present version of each rule (`watching_version`), and there are no others.
select (select count(*) from interface_look) = (select count(*) from interface_window) * (select count(*) from watching_version)
    and not exists (select 1 from interface_look anti join watching_version using (rule, rule_version)) as judged
