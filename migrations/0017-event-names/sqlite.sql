-- Which events are about a name, among millions of others.
CREATE TABLE event_names (
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (name, position)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO event_names (name, position)
SELECT value, position FROM events, json_each(events.names);

CREATE TRIGGER event_names_added AFTER INSERT ON events BEGIN
  INSERT OR IGNORE INTO event_names (name, position)
  SELECT value, NEW.position FROM json_each(NEW.names);
END;

CREATE TRIGGER event_names_removed AFTER DELETE ON events BEGIN
  DELETE FROM event_names
  WHERE position = OLD.position AND name IN (SELECT value FROM json_each(OLD.names));
END;
