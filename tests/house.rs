//! The house's rules that a compiler does not know: who may import whom, one noun under one name, tenants kept apart.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "house/keys.rs"]
mod keys;

type Checked = Result<(), Box<dyn Error>>;

const CRATES: [&str; 5] = ["domain", "persistence", "api", "openapi", "tests"];

/// Which crates of this workspace a crate may see.
const MAY_SEE: [(&str, &[&str]); 5] = [
    ("remit-domain", &[]),
    ("remit-persistence", &["remit-domain"]),
    ("remit-api", &["remit-domain", "remit-persistence"]),
    ("remit-openapi", &["remit-domain", "remit-api"]),
    ("remit-tests", &["remit-domain", "remit-api"]),
];

/// Which families of outside crates a crate never sees, in its tests neither: `serde` stands for `serde_json` too.
const NEVER_SEES: [(&str, &[&str]); 4] = [
    ("remit-domain", &["serde", "utoipa", "diesel", "actix", "tokio"]),
    ("remit-persistence", &["actix", "utoipa", "jsonwebtoken"]),
    ("remit-api", &["diesel"]),
    ("remit-tests", &["diesel"]),
];

/// The tables that belong to no one organization. Every other table starts each of its keys with `organization_id`.
const GLOBAL_TABLES: [&str; 5] = ["server", "directory", "credentials", "issuers", "jobs"];

/// The only files of `api/src` that may register a handler without documenting it: those for `/docs` and the like.
const UNDOCUMENTED_ROUTES: [&str; 1] = ["serve.rs"];

/// A file longer than this is a question to its author.
const LONG: usize = 300;
/// A file longer than this is refused.
const TOO_LONG: usize = 500;

// --- Who may import whom ---

#[test]
fn each_crate_sees_only_the_crates_inside_it() -> Checked {
    let packages = packages()?;
    let mut faults = Vec::new();
    for (name, may_see) in MAY_SEE {
        let dependencies = packages.get(name).ok_or(format!("the workspace has no package {name}"))?;
        for dependency in dependencies.iter().filter(|dependency| packages.contains_key(*dependency)) {
            if !may_see.contains(&dependency.as_str()) {
                faults.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    for name in packages.keys().filter(|name| !MAY_SEE.iter().any(|(known, _)| known == name)) {
        faults.push(format!("{name} is a new crate: say in MAY_SEE what it may see"));
    }
    none(&faults);
    Ok(())
}

#[test]
fn each_crate_is_kept_from_the_libraries_of_other_rooms() -> Checked {
    let packages = packages()?;
    let mut faults = Vec::new();
    for (name, families) in NEVER_SEES {
        let dependencies = packages.get(name).ok_or(format!("the workspace has no package {name}"))?;
        for dependency in dependencies {
            if families.iter().any(|family| is_of_family(dependency, family)) {
                faults.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    none(&faults);
    Ok(())
}

#[test]
fn the_domain_reads_no_file_no_environment_and_no_clock() -> Checked {
    let banned = ["std::env", "std::fs", "std::net", "std::process", "std::thread", "SystemTime", "Timestamp::now"];
    none(&lines_with(&rust_files(&["domain/src"])?, &banned)?);
    Ok(())
}

#[test]
fn the_store_serializes_only_in_the_room_of_its_records() -> Checked {
    let room = folder("persistence/src")?;
    let mut files = rust_files(&["persistence/src"])?;
    files.retain(|file| *file != room.join("record.rs") && !file.starts_with(room.join("record")));
    none(&lines_with(&files, &["serde"])?);
    Ok(())
}

#[test]
fn the_api_speaks_no_sql() -> Checked {
    let banned = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "sql_query"];
    none(&lines_with(&rust_files(&["api/src"])?, &banned)?);
    Ok(())
}

#[test]
fn registering_a_handler_documents_it() -> Checked {
    let room = folder("api/src")?;
    let mut files = rust_files(&["api/src"])?;
    files.retain(|file| !UNDOCUMENTED_ROUTES.iter().any(|name| *file == room.join(name)));
    none(&lines_with(&files, &[".route("])?);
    Ok(())
}

// --- One noun, one name ---

#[test]
fn an_entity_has_the_same_file_name_in_every_crate() -> Checked {
    let domain = modules("domain/src")?;
    let persistence = modules("persistence/src")?;
    let api = modules("api/src")?;
    let mut entities = BTreeSet::new();
    for name in &domain {
        if is_entity(name)? {
            entities.insert(name.as_str());
        }
    }
    let mut faults = Vec::new();
    if entities.is_empty() {
        faults.push("no module of domain/src implements Identified: has the trait been renamed?".into());
    }
    for name in api.iter().filter(|name| entities.contains(name.as_str()) && !persistence.contains(*name)) {
        faults.push(format!("api/src/{name}.rs has no sibling persistence/src/{name}.rs"));
    }
    for (room, names) in [("persistence", &persistence), ("api", &api)] {
        for name in names.iter().filter(|name| !domain.contains(*name)) {
            if let Some(noun) = entities.iter().find(|noun| is_plural_of(name, noun)) {
                faults.push(format!("{room}/src/{name}.rs is {noun}.rs in the domain, and must be here"));
            }
        }
    }
    none(&faults);
    Ok(())
}

#[test]
fn no_file_and_no_type_is_named_for_nothing() -> Checked {
    let stems =
        ["common", "dto", "helper", "helpers", "manager", "misc", "model", "models", "service", "util", "utils"];
    let endings = ["Dto", "Entity", "Helper", "Manager", "Model"];
    let mut faults = Vec::new();
    for file in rust_files(&CRATES)? {
        if file.file_stem().is_some_and(|stem| stems.iter().any(|banned| stem == *banned)) {
            faults.push(format!("{}: a name that says nothing", shown(&file)));
        }
        for (number, line) in numbered(&file)? {
            let declared = line.split(['<', '(', '{', ';', ' ']).skip_while(|word| !matches!(*word, "struct" | "enum"));
            if declared.take(2).any(|name| endings.iter().any(|ending| name.ends_with(ending))) {
                faults.push(format!("{}:{number}: {}", shown(&file), line.trim()));
            }
        }
    }
    none(&faults);
    Ok(())
}

// --- Tenants apart ---

#[test]
fn both_databases_have_the_same_migrations() -> Checked {
    let sqlite = names_in(&folder("persistence/migrations/sqlite")?)?;
    let postgres = names_in(&folder("persistence/migrations/postgres")?)?;
    let mut faults = Vec::new();
    if sqlite.is_empty() {
        faults.push("there is no migration".into());
    }
    faults.extend(sqlite.difference(&postgres).map(|name| format!("{name} is missing for PostgreSQL")));
    faults.extend(postgres.difference(&sqlite).map(|name| format!("{name} is missing for SQLite")));
    none(&faults);
    Ok(())
}

#[test]
fn every_key_of_a_tenant_table_starts_with_its_organization() -> Checked {
    let mut faults = Vec::new();
    for backend in ["sqlite", "postgres"] {
        for file in files_with_extension(&folder(&format!("persistence/migrations/{backend}"))?, "sql")? {
            if file.file_name().is_some_and(|name| name == "down.sql") {
                continue;
            }
            for fault in keys::faults(&read(&file)?, &GLOBAL_TABLES) {
                faults.push(format!("{}: {fault}", shown(&file)));
            }
        }
    }
    none(&faults);
    Ok(())
}

// --- Readable files ---

#[test]
fn no_file_is_too_long_to_be_read() -> Checked {
    let mut faults = Vec::new();
    for file in rust_files(&CRATES)? {
        let lines = read(&file)?.lines().count();
        if lines > TOO_LONG {
            faults.push(format!("{}: {lines} lines, at most {TOO_LONG}", shown(&file)));
        } else if lines > LONG {
            // Past the harness, which hides what a passing test prints.
            writeln!(stderr(), "{}: {lines} lines. Is it one thing?", shown(&file))?;
        }
    }
    none(&faults);
    Ok(())
}

#[test]
fn no_two_enumerations_have_one_name_in_the_contract() -> Checked {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in rust_files(&["domain/src", "api/src"])? {
        for (number, line) in numbered(&file)? {
            let line = line.trim();
            let named = line.strip_prefix("spelled!(").and_then(|rest| rest.split([' ', '{']).next());
            let said = line.strip_prefix("const NAME: &'static str = \"").and_then(|rest| rest.split('"').next());
            if let Some(name) = named.or(said) {
                places.entry(name.to_owned()).or_default().push(format!("{}:{number}", shown(&file)));
            }
        }
    }
    assert!(places.len() > 10, "the enumerations were not found");
    let shared = places.iter().filter(|(_, places)| places.len() > 1);
    none(&shared.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn nothing_is_left_for_later() -> Checked {
    let banned = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];
    let mut files = rust_files(&CRATES)?;
    files.extend(files_with_extension(&folder("persistence/migrations")?, "sql")?);
    none(&lines_with_anywhere(&files, &banned)?);
    Ok(())
}

#[test]
fn no_lint_is_silenced_without_a_reason() -> Checked {
    none(&lines_with(&rust_files(&CRATES)?, &[concat!("#[al", "low("), concat!("#![al", "low(")])?);
    Ok(())
}

#[test]
fn no_test_sleeps() -> Checked {
    let files = rust_files(&["domain/tests", "persistence/tests", "tests"])?;
    none(&lines_with(&files, &[concat!("sle", "ep(")])?);
    Ok(())
}

// --- What the checks are made of ---

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n  {}\n", faults.join("\n  "));
}

/// The repository: the folder above this crate.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn folder(path: &str) -> Result<PathBuf, Box<dyn Error>> {
    let folder = root().join(path);
    if folder.is_dir() { Ok(folder) } else { Err(format!("the repository has no folder {path}").into()) }
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

fn read(file: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", shown(file)).into())
}

fn names_in(folder: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn files_with_extension(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for name in names_in(folder)? {
        let path = folder.join(name);
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            found.extend(files_with_extension(&path, extension)?);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    Ok(found)
}

fn rust_files(folders: &[&str]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for name in folders {
        found.extend(files_with_extension(&folder(name)?, "rs")?);
    }
    Ok(found)
}

/// The lines of a file with their numbers, without those that are only a comment.
fn numbered(file: &Path) -> Result<Vec<(usize, String)>, Box<dyn Error>> {
    let text = read(file)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    Ok(lines.map(|(index, line)| (index + 1, line.to_owned())).collect())
}

fn lines_with(files: &[PathBuf], banned: &[&str]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in numbered(file)? {
            if banned.iter().any(|banned| line.contains(banned)) {
                found.push(format!("{}:{number}: {}", shown(file), line.trim()));
            }
        }
    }
    Ok(found)
}

/// As [`lines_with`], in comments too.
fn lines_with_anywhere(files: &[PathBuf], banned: &[&str]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = Vec::new();
    for file in files {
        for (index, line) in read(file)?.lines().enumerate() {
            if banned.iter().any(|banned| line.contains(banned)) {
                found.push(format!("{}:{}: {}", shown(file), index + 1, line.trim()));
            }
        }
    }
    Ok(found)
}

/// The modules of a crate: files and folders directly under its `src`.
fn modules(path: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let names = names_in(&folder(path)?)?;
    let names = names.iter().map(|name| name.strip_suffix(".rs").unwrap_or(name).to_owned());
    Ok(names.filter(|name| name != "lib" && name != "main").collect())
}

fn is_entity(module: &str) -> Result<bool, Box<dyn Error>> {
    let file = root().join("domain/src").join(module).with_extension("rs");
    Ok(file.is_file() && read(&file)?.contains("impl Identified for "))
}

fn is_plural_of(name: &str, noun: &str) -> bool {
    let regular = noun.strip_suffix('y').map_or_else(|| format!("{noun}s"), |stem| format!("{stem}ies"));
    name == regular || (noun == "person" && matches!(name, "people" | "persons"))
}

fn is_of_family(dependency: &str, family: &str) -> bool {
    dependency.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

/// The packages of the workspace, each with the names of its direct dependencies: for use, for tests and for building.
fn packages() -> Result<BTreeMap<String, BTreeSet<String>>, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let name_of = |value: &serde_json::Value| Some(value.get("name")?.as_str()?.to_owned());
    let described = |package: &serde_json::Value| {
        let dependencies = package.get("dependencies")?.as_array()?.iter().map(name_of).collect::<Option<_>>()?;
        Some((name_of(package)?, dependencies))
    };
    let packages = metadata.get("packages").and_then(|packages| packages.as_array());
    let packages = packages.and_then(|packages| packages.iter().map(described).collect::<Option<_>>());
    packages.ok_or_else(|| "cargo metadata does not look as expected".into())
}
