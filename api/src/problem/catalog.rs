//! The catalog: every kind of problem with its status, its code, and the page that explains it.

use actix_web::http::StatusCode;

/// What a kind of problem is called and means.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable code.
    pub code: &'static str,
    /// The kind in a few words.
    pub title: &'static str,
    /// What it means and what to do.
    pub meaning: &'static str,
}

macro_rules! catalog {
    ($($kind:ident = $status:ident $code:literal $title:literal $meaning:literal)+) => {
        /// The kinds of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $meaning] $kind),+
        }
        /// Every kind of problem, in the order of the documentation.
        pub const CATALOG: &[Kind] = &[$(Kind::$kind),+];
        impl Kind {
            /// What this kind is called and means.
            pub const fn page(self) -> &'static Page {
                match self {
                    $(Self::$kind => {
                        const PAGE: &Page = &Page {
                            status: StatusCode::$status, code: $code, title: $title, meaning: $meaning,
                        };
                        PAGE
                    })+
                }
            }
        }
    };
}

catalog! {
    Malformed = BAD_REQUEST "malformed" "The request cannot be read"
        "The body is not what its content type says, such as JSON that does not parse, or it stopped half way."
    UnknownField = BAD_REQUEST "unknown_field" "The document has a field that does not exist"
        "A field of the body is not in the contract. It is named; correct its spelling or leave it out."
    InvalidParameter = BAD_REQUEST "invalid_parameter" "A parameter cannot be read"
        "A parameter of the query is unknown, occurs twice, or its value is out of bounds. It is named."
    Unauthorized = UNAUTHORIZED "unauthorized" "A credential is needed"
        "The request has no bearer token, or one that is malformed, expired, or not trusted here."
    Forbidden = FORBIDDEN "forbidden" "The credential may not do this"
        "The credential lacks the scope that is named, or a rule of authorization is against it."
    NotFound = NOT_FOUND "not_found" "There is no such thing"
        "It does not exist, was deleted, or belongs to another organization."
    MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed" "The path does not take this method"
        "The Allow header says which methods it takes."
    NotAcceptable = NOT_ACCEPTABLE "not_acceptable" "No format that is accepted can be given"
        "The Accept header names no media type that this answer has."
    Timeout = REQUEST_TIMEOUT "timeout" "The body came too slowly"
        "Nothing of it was kept. Send it again."
    RuleBroken = CONFLICT "rule_broken" "The document breaks a rule"
        "The document is well-formed, but its fields do not agree with each other or with what exists: a target on the wrong side of its baseline, an id that leads nowhere. Each field is named."
    Conflict = CONFLICT "conflict" "The state of things is against it"
        "The request is right in itself, but what exists refuses it; the detail says what."
    NameTaken = CONFLICT "name_taken" "The name belongs to another"
        "A key, slug, email address or external id is unique, and is not given away again."
    HasDependents = CONFLICT "has_dependents" "Others refer to it"
        "What others refer to is not deleted. Change or delete those first."
    Transition = CONFLICT "wrong_state" "Not possible from this state"
        "The step that was asked for does not exist from the state that it is in."
    AccountabilityGap = CONFLICT "accountability_gap" "Nobody would be accountable"
        "From activation until it is closed, an outcome has exactly one accountable at every instant. The detail names the interval without one."
    AccountabilityOverlap = CONFLICT "accountability_overlap" "More than one would be accountable"
        "From activation until it is closed, an outcome has exactly one accountable at every instant. The detail names the interval with several."
    PartTwice = CONFLICT "part_twice" "The subject has a part already"
        "One subject has one part in an outcome at a time, save accountable and responsible together."
    NoResponsible = CONFLICT "no_responsible" "Nobody would be responsible"
        "An active outcome has at least one responsible."
    SeatsTaken = CONFLICT "seats_taken" "The role has no free seat"
        "At no time do more people hold a role than it has seats. The detail names the interval with too many."
    AlignmentCycle = CONFLICT "alignment_cycle" "It would go round in a circle"
        "The detail names the path that would lead back to where it began."
    HierarchyCycle = CONFLICT "hierarchy_cycle" "It would stand above itself"
        "Teams, managers, roles and periods have parents, and nothing is its own ancestor."
    FindingsStand = CONFLICT "findings_stand" "Errors stand against it"
        "An outcome becomes active when no error of the outcome or accountability group stands on it. Each is listed."
    ReasonRequired = CONFLICT "reason_required" "A reason is needed"
        "What was promised or closed changes only with a reason. Send one."
    Published = CONFLICT "published" "It has been published"
        "What has been published is not written again; what is to be added is said in a new one, or in a comment."
    NoReaders = CONFLICT "no_readers" "It would reach nobody"
        "A briefing is published to someone: its audience names at least one active person besides its author."
    OwnCheckIn = CONFLICT "own_check_in" "It is one's own"
        "Nobody reviews or acknowledges their own check-in."
    Closed = CONFLICT "closed" "It is closed"
        "A closed outcome or period takes an observation only as a correction with a reason."
    IdempotencyBusy = CONFLICT "idempotency_in_progress" "The first request is still under way"
        "Another request with the same Idempotency-Key is being answered. Ask again in a moment."
    CursorExpired = GONE "cursor_expired" "The cursor is too old"
        "A walk through a list may take 24 hours. Begin it again."
    PreconditionFailed = PRECONDITION_FAILED "precondition_failed" "It has changed meanwhile"
        "The ETag that If-Match names is not the current one. Read it again, and decide again."
    TooLarge = PAYLOAD_TOO_LARGE "too_large" "The body is too large"
        "A document may have 1 MB, an import 10 MB, bulk observations 256 MB, counted after decompression."
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "The content type is not taken here"
        "The contract says which content types the operation takes."
    Invalid = UNPROCESSABLE_ENTITY "invalid" "The document breaks a bound or a rule of its shape"
        "Every field that is wrong is listed, each with a JSON Pointer and a code."
    IdempotencyMismatch = UNPROCESSABLE_ENTITY "idempotency_mismatch" "The key was used for another request"
        "An Idempotency-Key stands for one payload. Use a new key for a new request."
    RowsRefused = CONFLICT "rows_in_conflict" "Rules stand against some rows, so none was kept"
        "In atomic mode a batch is kept whole or not at all. The rows are listed: observations of a measure that does not exist, is retired, closed, or not the credential's to write; rows of an import against which a rule or a state stands."
    Refused = UNPROCESSABLE_ENTITY "rows_refused" "Some rows were refused, so none was kept"
        "In atomic mode a batch is kept whole or not at all. The refused lines are listed; mode=per_item keeps the good ones."
    PreconditionRequired = PRECONDITION_REQUIRED "precondition_required" "If-Match is needed"
        "Changing a resource needs the ETag that was read, so that nobody's change is overwritten unseen."
    TooManyRequests = TOO_MANY_REQUESTS "too_many_requests" "Too many requests"
        "The credential has used up its rate, or holds as many streams of events as it may. Retry-After says when to come back."
    Internal = INTERNAL_SERVER_ERROR "internal" "Something failed here"
        "Not the client's fault. The request's id leads to the log."
    Busy = SERVICE_UNAVAILABLE "busy" "The service is busy"
        "Nothing was kept. Retry-After says when to come back."
}
