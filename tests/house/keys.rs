//! Reads a migration, as far as its keys need it.

/// What is wrong with the keys that a migration gives to tables other than the global ones.
pub fn faults(sql: &str, global_tables: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for statement in without_comments_and_strings(sql).to_lowercase().split(';') {
        let words: Vec<&str> =
            statement.split_whitespace().filter(|word| !matches!(*word, "if" | "not" | "exists")).collect();
        if let ["create", "table", ..] = words.as_slice() {
            let table = words.get(2).map_or("", |word| name_in(word));
            if !global_tables.contains(&table) {
                faults.extend(table_faults(table, statement));
            }
        } else if let ["create", "unique", "index", ..] = words.as_slice() {
            let on = statement.split_once(" on ").map_or("", |(_, on)| on);
            let table = name_in(on.trim_start());
            if !global_tables.contains(&table) && !starts_with_organization(on) {
                faults.push(format!("a unique index of {table} does not start with organization_id"));
            }
        }
    }
    faults
}

fn table_faults(table: &str, statement: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut keyed = false;
    for part in parts(statement) {
        // `CONSTRAINT name` says no more than the constraint after it.
        let part = match part.trim().strip_prefix("constraint ") {
            Some(named) => named.trim_start().split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start()),
            None => part.trim(),
        };
        let is_constraint = ["primary key", "unique", "foreign key"].iter().any(|start| part.starts_with(start));
        let sound = if is_constraint { starts_with_organization(part) } else { name_in(part) == "organization_id" };
        for kind in ["primary key", "unique", "references"] {
            let present = part.split_once(kind).is_some_and(|(before, _)| {
                // The name of a column or of a check must not be taken for a key.
                before.is_empty() || before.ends_with(|end: char| end.is_whitespace() || end == ')')
            });
            keyed |= present && kind == "primary key";
            if present && !sound {
                faults.push(format!("{table}: a key ({kind}) does not start with organization_id: {part}"));
            }
        }
    }
    if !keyed {
        faults.push(format!("{table} has no primary key"));
    }
    faults
}

/// The parts between the outermost parentheses, which the outermost commas separate.
fn parts(statement: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for letter in statement.chars() {
        if letter == ')' {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                break;
            }
        }
        match parts.last_mut() {
            Some(_) if letter == ',' && depth == 1 => parts.push(String::new()),
            Some(part) if depth > 0 => part.push(letter),
            Some(_) | None => {}
        }
        if letter == '(' {
            depth += 1;
        }
    }
    parts
}

fn starts_with_organization(text: &str) -> bool {
    text.split_once('(').is_some_and(|(_, columns)| name_in(columns.trim_start()) == "organization_id")
}

/// The name at the beginning of a text, without its quotes.
fn name_in(text: &str) -> &str {
    let text = text.trim_start_matches('"');
    text.split(|end: char| !end.is_alphanumeric() && end != '_').next().unwrap_or("")
}

fn without_comments_and_strings(sql: &str) -> String {
    let mut kept = String::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let end = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if first == '\'' {
            kept.push_str("''");
            rest.get(1..).and_then(|text| text.find('\'')).map_or(rest.len(), |at| at + 2)
        } else {
            kept.push(if first.is_whitespace() { ' ' } else { first });
            first.len_utf8()
        };
        rest = rest.get(end..).unwrap_or("");
    }
    kept
}

#[test]
fn a_key_without_its_organization_is_found() {
    let faulty = [
        "CREATE TABLE things (id TEXT PRIMARY KEY, organization_id TEXT NOT NULL);",
        "CREATE TABLE things (organization_id TEXT, id TEXT, PRIMARY KEY (id, organization_id));",
        "CREATE TABLE things (organization_id TEXT, id TEXT);",
        "CREATE TABLE things (organization_id TEXT PRIMARY KEY, name TEXT UNIQUE);",
        "CREATE TABLE things (organization_id TEXT PRIMARY KEY, name TEXT, CONSTRAINT one UNIQUE (name));",
        "CREATE TABLE things (organization_id TEXT PRIMARY KEY, other TEXT REFERENCES others (id));",
        "create table if not exists things (organization_id text primary key, other text, foreign key (other) references others);",
        "CREATE TABLE things AS SELECT 1;",
        "CREATE UNIQUE INDEX one ON things (lower(name), organization_id);",
    ];
    for sql in faulty {
        assert!(!faults(sql, &["server"]).is_empty(), "passed: {sql}");
    }
    let sound = "
        -- CREATE TABLE comments (id TEXT PRIMARY KEY);
        CREATE TABLE server (name TEXT PRIMARY KEY); /* CREATE TABLE more (id TEXT); */
        CREATE TABLE heads (organization_id TEXT NOT NULL PRIMARY KEY);
        CREATE TABLE things (
            organization_id TEXT NOT NULL,
            id TEXT NOT NULL CHECK (id <> ', PRIMARY KEY (id);'),
            CONSTRAINT things_key PRIMARY KEY (organization_id, id),
            UNIQUE (organization_id, id),
            FOREIGN KEY (organization_id, id) REFERENCES others (organization_id, id)
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX IF NOT EXISTS one ON things (\"organization_id\", id) WHERE id IS NOT NULL;";
    assert_eq!(faults(sound, &["server"]), Vec::<String>::new());
}
