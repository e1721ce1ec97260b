-- By which version of its rule a quarter was judged, so that it is not judged anew without need.
alter table interface_look add column rule_version varchar;
