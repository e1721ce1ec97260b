-- Events that a newer reading of their message has replaced: they name nothing. Derived, made anew by a rebuild.
create table unsaid (seq bigint);
update cursor_state set made_by = 'before unsaid' where made_by <> ''
