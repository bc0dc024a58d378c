//! The tags, in the order in which one gets to know the service.

/// Each tag with its introduction: what it is about in a sentence, and how to go about it.
pub const TAGS: &[(&str, &str)] = &[
    (
        "organization",
        "The organization, its settings, and who is calling.\n\n`GET /v1/me` is the request to begin with: it \
         says whose the credential is and what it may do. The settings (time zone, fiscal year, how often \
         check-ins are due) hold from when they are said; what they were before can be asked for.",
    ),
    (
        "credentials",
        "API keys and the issuers whose tokens are trusted.\n\nA key suits a system that runs unattended: it has \
         scopes, an end, and may be narrowed to measures or teams; its secret is shown once. An issuer is an \
         identity provider whose tokens this organization accepts.",
    ),
    (
        "mission",
        "What the organization is for; replaced from a date on, never edited.\n\nThere is one mission at any \
         time. Who replaces it says from when the next one holds; earlier ones stay readable.",
    ),
    (
        "themes",
        "The strategic priorities under which outcomes stand.\n\nA theme says what success would look like. It \
         has no numbers of its own: its progress is that of its outcomes.",
    ),
    (
        "periods",
        "The named stretches of time that outcomes are planned in.\n\nQuarters, years, terms of government: \
         periods may nest. A closed period takes corrections with a reason only, and keeps being judged by the \
         settings of its time.",
    ),
    (
        "outcomes",
        "What is to be different, by when, and where that stands.\n\nAn outcome is drafted, proposed, activated \
         and closed, each by a step of its own; it becomes active once nothing grave stands against it. Parents, \
         measures, check-ins and responsibilities hang below it, and `progress` explains its number part by part.",
    ),
    (
        "check-ins",
        "What humans say of an outcome, beside what its numbers said at that moment.\n\nA check-in is written as \
         a draft and published once; from then on it stands, with the progress and pace of that instant beside \
         it. Readers acknowledge it. See [check-ins](/docs/topics/check-ins).",
    ),
    (
        "comments",
        "What people say to an outcome or a check-in.\n\nA comment can be changed and deleted by whoever wrote \
         it.",
    ),
    (
        "briefings",
        "What people are told, to whom, and who has read and understood it.\n\nThe audience is fixed when a \
         briefing is published. A question makes understanding a number: who acknowledges answers it, and the \
         first answer counts. See [briefings](/docs/topics/briefings).",
    ),
    (
        "measures",
        "How it is known whether an outcome is being reached.\n\nA measure has a baseline, a target and a \
         direction; both may have milestones in between. A target changes only with a reason, and every revision \
         is kept. Its forecast says where it will stand when it is due: see [forecasts](/docs/topics/forecast).",
    ),
    (
        "observations",
        "What was measured, of which segment, when.\n\nScripts push them one by one or in bulk, as JSON, lines or \
         CSV; the same again changes nothing, another value corrects, and both stay. See the guide [for script \
         authors](/docs/guides/script-author).",
    ),
    (
        "teams",
        "Teams and who is in them.\n\nA team may stand below another. Memberships have a beginning and an end; \
         leads may do more for the outcomes of their team than members.",
    ),
    (
        "people",
        "People, and the skills they hold.\n\nWithout the scope `people:read` a person is an id and a name. Who \
         leaves is deactivated, never deleted: first ask for the impact, then hand over. What is known of a \
         person is exported and erased on request: see [the log](/docs/topics/log).",
    ),
    (
        "skills",
        "Skills and their levels.\n\nA skill is asked for by outcomes and roles, and held by people at one of \
         four levels; the coverage of skills is the difference.",
    ),
    (
        "roles",
        "What someone answers for, whoever it is; and who holds it.\n\nA role has seats, and assignments fill \
         them: holders, interims, deputies and successors, each from a day to a day. So a change of people leaves \
         what the role answers for as it is.",
    ),
    (
        "responsibilities",
        "Who is accountable, responsible, consulted or informed.\n\nOf an outcome or a measure, by a person or by \
         a role. An active outcome has exactly one accountable at every instant; a write that would leave a gap \
         or an overlap is refused and says when it would be.",
    ),
    (
        "board",
        "The tree of mission, themes and outcomes, as of any instant.\n\nOne answer for a whole page, with every \
         number computed. `depth`, `theme`, `team` and `fields` keep it small; `as_of` makes it one of the past; \
         `diff` says what changed between two, and who wrote it.",
    ),
    (
        "findings",
        "What is missing or wrong, and what to do about it.\n\nA finding follows from the facts by a \
         [rule](/docs/rules), has a remedy, and goes when the facts change. An organization says how grave each \
         rule is to it, and may accept one finding for a while with a waiver.",
    ),
    (
        "webhooks",
        "Where other systems hear of changes, signed as Standard Webhooks, and what came of it.\n\nEvents of one \
         subject come in order, at least once, and again for three days until they are taken. See \
         [webhooks](/docs/topics/webhooks).",
    ),
    (
        "changes",
        "The log: who did what to which, in order, chained by hashes, and checked.\n\nIt is complete and never \
         changes. Follow it by pages or as a stream; keep a signed head elsewhere to prove later that nothing was \
         taken out. See [the log](/docs/topics/log) and [events](/docs/topics/events).",
    ),
    (
        "imports",
        "Rows of other systems, through the ordinary writes.\n\nUp to 5,000 rows of one kind, kept whole or not \
         at all; a dry run reports each row that would be refused. References may be ids of the other system.",
    ),
    (
        "service",
        "The contract, liveness and readiness.\n\nThese need no credential, and are not counted against a rate.",
    ),
];
