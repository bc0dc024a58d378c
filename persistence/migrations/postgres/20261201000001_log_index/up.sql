-- A value that a script pushes is in no index of the log: such entries are nearly all of it, so that to look for them is
-- to read it. Those that people recorded are asked for by their revisions, without the records beside them.
DROP INDEX changes_by_action;
CREATE INDEX changes_by_action ON changes (organization_id, action, revision, position)
    WHERE action <> 'observations.recorded';
CREATE INDEX changes_by_person ON changes (organization_id, revision, actor, action)
    WHERE action = 'observations.recorded' AND substr(actor, 1, 4) = 'psn_';
-- In the order in which entries are read, so that nothing is sorted.
DROP INDEX changes_by_subject;
CREATE INDEX changes_by_subject ON changes (organization_id, subject_id, revision, position)
    WHERE action <> 'observations.recorded';
