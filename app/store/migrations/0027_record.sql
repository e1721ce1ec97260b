-- What each calendar said when, without its corrections and changes, which tell themselves from when on they count: clocks that
-- had ended by `loaded_at` keep what it said before. An empty `said`: it was not declared (any more); no `loaded_at`: always.
create table calendar_version (name varchar, said varchar, loaded_at timestamp);
