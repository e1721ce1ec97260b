-- Which calendar a Due counted on and in which version, "" for elapsed time; filled in when Dues are made anew.
alter table due add column calendar varchar;
