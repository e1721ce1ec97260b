-- Intake: documents that came cut off, or in an envelope without its end, by the names under which they come again; and
-- since when, and with which message, each has come whole. The fault of a message is over when all of its documents have.
create table cut_document (
    source varchar, document varchar, raw_id bigint, at_first timestamp, came_at timestamp, came_with bigint
);
