//! `onus rules`: what the rules are, what is wrong with them, whether they keep their promises, what they cover.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use onus_case::{Case, CaseError, Coverage, RuleChoice, RuleFilter, Rules, Technique, Unable, source_text};
use onus_sigma::{Level, RuleId, RuleMeta};
use serde_json::{Value, json};

use crate::format::{Format, print, write_texts};
use crate::{Exit, say};

const LEVELS: [Level; 5] = [Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];

fn level(word: &str) -> Result<Level, String> {
    let found = LEVELS.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(word));
    found.ok_or_else(|| "one of informational, low, medium, high, critical".to_owned())
}

/// Which rules.
#[derive(Args, Clone, Default)]
pub(crate) struct RuleArgs {
    /// Sigma rules: folders or files, instead of the built-in ones; may be given more than once.
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    /// The built-in rules too, beside those of --rules.
    #[arg(long)]
    built_in: bool,
    /// Only rules of these levels, with commas between.
    #[arg(long, value_delimiter = ',', value_parser = level)]
    level: Vec<Level>,
    /// Only rules of this level and graver ones.
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    min_level: Option<Level>,
    /// Only rules of these statuses, with commas between (`none`: those that state none).
    #[arg(long, value_delimiter = ',')]
    status: Vec<String>,
    /// Only rules with one of these tags, e.g. t1059 or credential-access.
    #[arg(long, value_delimiter = ',')]
    tag: Vec<String>,
    /// Only rules for one of these log sources, e.g. windows/process_creation or zeek.
    #[arg(long, value_delimiter = ',')]
    logsource: Vec<String>,
    /// Values for %names% in rules with the modifier expand: a TOML file with lines like
    /// admins = ["adm_*", "root"].
    #[arg(long, value_name = "FILE")]
    placeholders: Option<PathBuf>,
}

impl RuleArgs {
    /// The rules chosen.
    pub(crate) fn read(&self) -> Result<Rules, CaseError> {
        Rules::choose(&RuleChoice {
            paths: self.rules.clone(),
            built_in: self.built_in,
            filter: RuleFilter {
                levels: self.level.clone(),
                min_level: self.min_level,
                statuses: self.status.clone(),
                tags: self.tag.clone(),
                logsources: self.logsource.clone(),
            },
            placeholders: self.placeholders.clone(),
        })
    }
}

#[derive(Subcommand)]
pub(crate) enum RulesCommand {
    /// List rules.
    List {
        #[command(flatten)]
        rules: RuleArgs,
        /// Form of the list.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Show one rule as it is written, and what it is compiled to.
    Show {
        /// Its id or title.
        id: String,
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// Say what is wrong with rule files, or may be. Exit code 1: a file cannot be used.
    Lint {
        #[command(flatten)]
        rules: RuleArgs,
        /// Form of the list.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Run the tests beside rules (`x.test.json` beside `x.yml`). Exit code 1: one fails.
    Test {
        #[command(flatten)]
        rules: RuleArgs,
        /// Regression cases: folders with an info.yml that names the rule, and a log in which it must fire.
        #[arg(long, value_name = "DIR")]
        cases: Option<PathBuf>,
    },
    /// Count rules by ATT&CK tactic and technique; with a case, tell which rules cannot fire in it, and why.
    Coverage {
        /// Folder of a case.
        case: Option<PathBuf>,
        #[command(flatten)]
        rules: RuleArgs,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
}

pub(crate) fn run(command: &RulesCommand, quiet: bool) -> Result<Exit, CaseError> {
    match command {
        RulesCommand::List { rules, format } => list(&rules.read()?, *format, quiet),
        RulesCommand::Show { id, rules } => show(&rules.read()?, id),
        RulesCommand::Lint { rules, format } => lint(rules, *format, quiet),
        RulesCommand::Test { rules, cases } => match cases {
            Some(folder) => test_cases(&rules.read()?, folder),
            None => test(rules),
        },
        RulesCommand::Coverage { case, rules, format } => coverage(&rules.read()?, case.as_deref(), *format),
    }
}

fn list(rules: &Rules, format: Format, quiet: bool) -> Result<Exit, CaseError> {
    let text = |of: &dyn Fn(&RuleMeta) -> String| rules.set.iter().map(|(_, meta)| of(meta)).collect();
    let mut columns: Vec<(&str, Vec<String>)> = vec![
        ("id", text(&|m| m.id.clone())),
        ("level", text(&|m| m.level.to_string())),
        ("status", text(&|m| m.status.map_or_else(String::new, |s| s.to_string()))),
        ("logsource", rules.set.iter().map(|(id, m)| source_or_kind(rules, id, m)).collect()),
        ("title", text(&|m| m.title.clone())),
    ];
    // A table on a terminal has no room for them.
    if format != Format::Table {
        columns.push(("tags", text(&|m| m.tags.join(","))));
        columns.push(("author", text(&|m| m.author.clone())));
        columns.push(("file", text(&|m| m.origin.clone())));
    }
    write_texts(format, &columns)?;
    if !quiet {
        let refused = rules.problems.iter().filter(|p| p.refused).count();
        let unusable = if refused > 0 {
            format!(", {refused} cannot be used: onus rules lint tells why")
        } else {
            String::new()
        };
        say(&format!("{} rules{}{unusable}", rules.set.len(), left_out(rules)));
    }
    Ok(Exit::Done)
}

/// The log source of a rule, or that it reads other rules' matches, or serves such a one alone.
fn source_or_kind(rules: &Rules, id: RuleId, meta: &RuleMeta) -> String {
    match rules.set.correlation(id) {
        Some(_) => "(correlation)".to_owned(),
        None if !rules.set.reports(id) => format!("{} (for correlations)", source_text(&meta.logsource)),
        None => source_text(&meta.logsource),
    }
}

/// What the filters left out, as part of a sentence.
pub(crate) fn left_out(rules: &Rules) -> String {
    match rules.left_out {
        0 => String::new(),
        n => format!(", {n} left out by --level, --min-level, --status, --tag or --logsource"),
    }
}

fn show(rules: &Rules, wanted: &str) -> Result<Exit, CaseError> {
    let is_it = |(_, m): &(RuleId, &RuleMeta)| {
        m.id.eq_ignore_ascii_case(wanted) || m.title.eq_ignore_ascii_case(wanted)
    };
    let Some((id, meta)) = rules.set.iter().find(is_it) else {
        let problem = rules.problems.iter().find(|p| p.rule.as_deref() == Some(wanted));
        let why =
            problem.map_or("no rule has this id or title".to_owned(), |p| format!("it cannot be used: {p}"));
        return Err(CaseError::NoRule { rule: wanted.to_owned(), why });
    };
    let mut out = format!("# {}, SHA-256 {}\n{}\n", meta.origin, meta.digest, meta.text.trim_end());
    out.push_str("\n# Compiled\n");
    if let Some(correlation) = rules.set.correlation(id) {
        out.push_str(&format!("correlation: {}\n", correlation.condition));
        out.push_str(&format!("group by:    {}\n", correlation.group_by.join(", ")));
        for rule in correlation.rules {
            let meta = rules.set.meta(rule);
            out.push_str(&format!("reads:       {} {}\n", meta.id, meta.title));
        }
        print(&out)?;
        return Ok(Exit::Done);
    }
    meta.filters
        .iter()
        .for_each(|filter| out.push_str(&format!("narrowed by the filter of SHA-256 {filter}\n")));
    out.push_str(&format!("log source: {}\n", source_text(&meta.logsource)));
    out.push_str(&format!("read from:  {}\n", onus_case::logs_of(meta).join("\n            ")));
    let keywords = if meta.searches_every_field() { " and, for keywords, every field" } else { "" };
    out.push_str(&format!("fields:     {}{keywords}\n", meta.fields().join(", ")));
    let form = rules.set.form(id);
    out.push_str(&format!("patterns:   {}\n", form.patterns.len()));
    let line = |place: usize| {
        let p = &form.patterns[place];
        format!("  {}: {} {}\n", p.selection, p.field.as_deref().unwrap_or("(any field)"), p.pattern)
    };
    (0..form.patterns.len()).for_each(|place| out.push_str(&line(place)));
    match &form.woken_by {
        None => out.push_str("woken by:   nothing; it is evaluated for every kind of event\n"),
        Some(places) => {
            out.push_str(&format!("woken by:   one of {}; other events cost it nothing\n", places.len()));
            places.iter().for_each(|place| out.push_str(&line(*place)));
        }
    }
    print(&out)?;
    Ok(Exit::Done)
}

fn lint(args: &RuleArgs, format: Format, quiet: bool) -> Result<Exit, CaseError> {
    let rules = match args.read() {
        Ok(rules) => rules,
        // That nothing can be used is a finding of the linter, not an end of it.
        Err(CaseError::NoRules { .. }) => Rules::choose_any(&args.rules)?,
        Err(error) => return Err(error),
    };
    let remarks = onus_case::lint(&rules);
    let errors = remarks.iter().filter(|r| r.error).count();
    if format == Format::Table {
        let lines = remarks.iter().map(|r| {
            let line = r.line.map_or_else(String::new, |line| format!(":{line}"));
            let kind = if r.error { "error" } else { "warning" };
            format!("{}{line}: {kind}: {}: {}\n", r.file, r.rule, r.reason)
        });
        print(&lines.collect::<String>())?;
    } else {
        let text = |of: &dyn Fn(&onus_case::Remark) -> String| remarks.iter().map(of).collect();
        write_texts(
            format,
            &[
                ("file", text(&|r| r.file.clone())),
                ("line", text(&|r| r.line.map_or_else(String::new, |line| line.to_string()))),
                ("kind", text(&|r| if r.error { "error" } else { "warning" }.to_owned())),
                ("rule", text(&|r| r.rule.clone())),
                ("reason", text(&|r| r.reason.clone())),
            ],
        )?;
    }
    if !quiet {
        let warnings = remarks.len() - errors;
        say(&format!("{} rules{}: {errors} errors, {warnings} warnings", rules.set.len(), left_out(&rules)));
    }
    Ok(if errors > 0 { Exit::Rejected } else { Exit::Done })
}

fn test(args: &RuleArgs) -> Result<Exit, CaseError> {
    if args.rules.is_empty() {
        let why = "say with --rules where the rules and their tests lie".to_owned();
        return Err(CaseError::NoRule { rule: "tests".to_owned(), why });
    }
    let tests = onus_case::run_tests(&args.read()?, &args.rules)?;
    for (path, reason) in &tests.failures {
        print(&format!("{}: {reason}\n", path.display()))?;
    }
    print(&format!(
        "{} rules tested with {} matching events and {} near misses: {} failures; {} rules have no test\n",
        tests.tested,
        tests.matching,
        tests.near_misses,
        tests.failures.len(),
        tests.untested
    ))?;
    Ok(if tests.failures.is_empty() { Exit::Done } else { Exit::Rejected })
}

fn test_cases(rules: &Rules, folder: &Path) -> Result<Exit, CaseError> {
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let tests = onus_case::run_cases(rules, folder, threads)?;
    let failed: Vec<_> = tests.iter().filter_map(|test| Some((test, test.failure.as_ref()?))).collect();
    for (test, reason) in &failed {
        print(&format!("{}: {}: {reason}\n", test.folder.display(), test.rule))?;
    }
    print(&format!("{} of {} cases fire their rule\n", tests.len() - failed.len(), tests.len()))?;
    Ok(if failed.is_empty() { Exit::Done } else { Exit::Rejected })
}

fn coverage(rules: &Rules, case: Option<&Path>, format: Format) -> Result<Exit, CaseError> {
    let opened = case.map(Case::open).transpose()?;
    let coverage = onus_case::coverage(rules, opened.as_ref())?;
    match (format, opened.is_some()) {
        (Format::Json | Format::Ndjson, _) => print(&format!("{}\n", coverage_json(&coverage)))?,
        (_, false) => write_texts(format, &techniques(&coverage))?,
        // A file of comma-separated values holds one table: the one that asks for something to be done.
        (Format::Csv, true) => write_texts(format, &unable(&coverage))?,
        (Format::Table, true) => {
            write_texts(format, &sources(&coverage))?;
            write_texts(format, &unable(&coverage))?;
        }
    }
    if opened.is_some() {
        let able = rules.set.len() - coverage.unable.len();
        say(&format!("{able} of {} rules can fire in this case", rules.set.len()));
    }
    Ok(Exit::Done)
}

type Columns = Vec<(&'static str, Vec<String>)>;

fn techniques(coverage: &Coverage) -> Columns {
    let of = |text: &dyn Fn(&Technique) -> String| coverage.techniques.iter().map(text).collect();
    vec![
        ("tactic", of(&|t| t.tactic.clone())),
        ("technique", of(&|t| t.technique.clone())),
        ("rules", of(&|t| t.rules.to_string())),
    ]
}

fn sources(coverage: &Coverage) -> Columns {
    vec![
        ("log source", coverage.sources.iter().map(|(source, _, _)| source.clone()).collect()),
        ("rules", coverage.sources.iter().map(|(_, rules, _)| rules.to_string()).collect()),
        ("tables in this case", coverage.sources.iter().map(|(_, _, tables)| some(tables)).collect()),
    ]
}

fn unable(coverage: &Coverage) -> Columns {
    let of = |text: &dyn Fn(&Unable) -> String| coverage.unable.iter().map(text).collect();
    vec![
        ("rule that cannot fire here", of(&|u| u.title.clone())),
        ("id", of(&|u| u.rule_id.clone())),
        ("log source", of(&|u| u.logsource.clone())),
        ("why", of(&|u| u.why.clone())),
    ]
}

fn coverage_json(coverage: &Coverage) -> Value {
    let techniques = coverage.techniques.iter();
    let sources = coverage.sources.iter();
    let unable = coverage.unable.iter();
    json!({
        "techniques": techniques
            .map(|t| json!({"tactic": t.tactic, "technique": t.technique, "rules": t.rules}))
            .collect::<Vec<_>>(),
        "sources": sources
            .map(|(source, rules, tables)| json!({"logsource": source, "rules": rules, "tables": tables}))
            .collect::<Vec<_>>(),
        "cannot_fire": unable
            .map(|u| json!({"id": u.rule_id, "title": u.title, "logsource": u.logsource, "why": u.why}))
            .collect::<Vec<_>>(),
    })
}

fn some(tables: &[String]) -> String {
    match tables.len() {
        0 => "none".to_owned(),
        1..=3 => tables.join(", "),
        n => format!("{} and {} more", tables[..3].join(", "), n - 3),
    }
}
