//! Templates: texts with the names of columns in braces.

/// A text with places: `"ext:sdg:{goal}"`. A brace itself is written twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Place(String),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A sentence: a brace that is not closed, or closes nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text.chars().peekable();
        while let Some(next) = rest.next() {
            match next {
                '{' if rest.next_if_eq(&'{').is_some() => literal.push('{'),
                '}' if rest.next_if_eq(&'}').is_some() => literal.push('}'),
                '}' => return Err(format!("{text:?}: a brace closes nothing; a brace itself is written }}}}")),
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some(inner) => name.push(inner),
                            None => return Err(format!("{text:?}: a brace is not closed")),
                        }
                    }
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Place(name));
                }
                other => literal.push(other),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self(pieces))
    }

    /// A template of one place.
    pub fn place(name: &str) -> Self {
        Self(vec![Piece::Place(name.to_owned())])
    }

    /// The names of its places.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Place(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// The text with its places filled; empty where it has places and all of them are empty.
    pub fn fill<'a>(&self, value: impl Fn(&str) -> &'a str) -> String {
        let mut text = String::new();
        let (mut has_places, mut has_value) = (false, false);
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Place(name) => {
                    let value = value(name).trim();
                    has_places = true;
                    has_value |= !value.is_empty();
                    text.push_str(value);
                }
            }
        }
        if has_places && !has_value { String::new() } else { text }
    }
}

impl Template {
    /// The text with its places filled by exactly what stands there, for keys that are compared.
    pub fn exactly<'a>(&self, value: impl Fn(&str) -> &'a str) -> String {
        let texts = self.0.iter().map(|piece| match piece {
            Piece::Literal(literal) => literal.as_str(),
            Piece::Place(name) => value(name),
        });
        texts.collect()
    }
}

/// A text of at most `max` characters, cut between words.
pub fn shortened(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let head: String = text.chars().take(max.saturating_sub(1)).collect();
    let whole = head.rsplit_once(char::is_whitespace).map_or(head.as_str(), |(whole, _)| whole);
    // A single word that is longer than all the room is cut where the room ends.
    let whole = if whole.chars().count() * 2 < max { head.as_str() } else { whole };
    format!("{}…", whole.trim_end_matches([' ', ',', ';', ':', '-']))
}

/// The dimensions of a breakdown such as `Sex=Female;Age=16 to 24`, split only where a new name begins.
///
/// # Errors
/// A sentence: a part without a name or a value.
pub fn dimensions(breakdown: &str) -> Result<Vec<(String, String)>, String> {
    let mut parts: Vec<String> = Vec::new();
    for part in breakdown.split(';') {
        match parts.last_mut() {
            // A semicolon that no `Name=` follows belongs to the value before it.
            Some(last) if !part.contains('=') => {
                last.push(';');
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts
        .map(|part| match part.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
                Ok((name.trim().to_owned(), value.trim().to_owned()))
            }
            _ => Err(format!("{part:?} is no dimension such as Sex=Female")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_from_columns_and_is_empty_without_them() {
        let fill = |text: &str, cell: &'static str| {
            Template::parse(text).map(|template| template.fill(|name| if name == "goal" { cell } else { "" }))
        };
        assert_eq!(fill("ext:sdg:{goal}", "3"), Ok("ext:sdg:3".into()));
        assert_eq!(fill("ext:sdg:{goal}", ""), Ok(String::new()));
        assert_eq!(fill("{goal}{nothing}", " 3 "), Ok("3".into()));
        assert_eq!(fill("{{goal}}", "3"), Ok("{goal}".into()));
        assert_eq!(fill("as it is", ""), Ok("as it is".into()));
        assert!(fill("{goal", "3").is_err() && fill("goal}", "3").is_err());
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(shortened("By 2030, end hunger", 40), "By 2030, end hunger");
        assert_eq!(shortened("By 2030, end hunger", 14), "By 2030, end…");
        assert_eq!(shortened("By 2030, end", 10), "By 2030…");
        assert_eq!(shortened("abcdefghijklm", 6), "abcde…");
        assert_eq!(shortened("äöüäöüäöü", 5), "äöüä…");
    }

    #[test]
    fn a_breakdown_is_split_only_where_a_name_begins() {
        let pairs =
            |text| dimensions(text).map(|all| all.into_iter().map(|(a, b)| format!("{a}|{b}")).collect::<Vec<_>>());
        assert_eq!(pairs("Sex=Female;Age=16 to 24"), Ok(vec!["Sex|Female".into(), "Age|16 to 24".into()]));
        assert_eq!(
            pairs("Sector=Food; drink; tobacco;Age=1"),
            Ok(vec!["Sector|Food; drink; tobacco".into(), "Age|1".into()])
        );
        assert_eq!(pairs("Level=>=5"), Ok(vec!["Level|>=5".into()]));
        assert_eq!(pairs(""), Ok(vec![]));
        assert!(pairs("Female").is_err() && pairs("Sex=").is_err());
    }
}
