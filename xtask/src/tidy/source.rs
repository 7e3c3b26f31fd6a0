//! A Rust file seen with the eyes of a rule: its code without comments and literals, and which
//! of its lines are tests.

use std::path::{Path, PathBuf};

/// One Rust file.
pub(crate) struct Source {
    path: PathBuf,
    text: String,
    /// Line by line as long as the text, with comments and the insides of literals blanked.
    code: Vec<String>,
    /// For each line whether it belongs to a test.
    tests: Vec<bool>,
}

impl Source {
    /// Reads a file's text; `path` is relative to the workspace.
    pub(crate) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let masked = mask(&text);
        let tests = if is_test_file(&path) {
            masked.lines().map(|_| true).collect()
        } else {
            test_lines(&masked)
        };
        Self { path, text, code: masked.lines().map(str::to_owned).collect(), tests }
    }

    /// The path, relative to the workspace.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The text as it is.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Line numbers (from 1), their code, and whether they are tests.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str, bool)> {
        let numbered = self.code.iter().zip(&self.tests).enumerate();
        numbered.map(|(index, (code, test))| (index + 1, code.as_str(), *test))
    }

    /// The crate the file belongs to: `mtm-core`, `xtask`.
    pub(crate) fn crate_name(&self) -> &str {
        let mut parts = self.path.iter().map(|part| part.to_str().unwrap_or_default());
        match parts.next() {
            Some("crates") => parts.next().unwrap_or_default(),
            Some(name) => name,
            None => "",
        }
    }

    /// Whether the file is part of a crate's product code, not of its tests or benches.
    pub(crate) fn is_product(&self) -> bool {
        let mut parts = self.path.iter();
        parts.next().is_some_and(|part| part == "crates")
            && parts.nth(1).is_some_and(|part| part == "src")
    }
}

fn is_test_file(path: &Path) -> bool {
    let named = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    path.iter().any(|part| part == "tests" || part == "benches")
        || named == "tests"
        || named.ends_with("_tests")
}

/// Blanks comments and the insides of string and character literals; every line keeps its
/// length in characters.
fn mask(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let Some(end) = literal_end(&characters, at) else {
            out.push(characters[at]);
            at += 1;
            continue;
        };
        for character in &characters[at..end] {
            out.push(if *character == '\n' { '\n' } else { ' ' });
        }
        at = end;
    }
    out
}

/// Where the comment or literal that starts at `at` ends, if one starts there.
fn literal_end(text: &[char], at: usize) -> Option<usize> {
    let next = text.get(at + 1).copied();
    match (text[at], next) {
        ('/', Some('/')) => Some(line_end(text, at)),
        ('/', Some('*')) => Some(block_comment_end(text, at)),
        ('"', _) => Some(quoted_end(text, at + 1, '"')),
        ('r', Some('"' | '#')) if !is_word(text, at) => raw_string_end(text, at + 1),
        ('\'', Some('\\')) => Some(quoted_end(text, at + 1, '\'')),
        // A character, not a lifetime: the quote closes right after it.
        ('\'', Some(_)) if text.get(at + 2) == Some(&'\'') => Some(at + 3),
        _ => None,
    }
}

/// Whether the character at `at` continues a word that began before it. The `b` and `c` of byte
/// and C strings do not count: they are prefixes of the literal.
fn is_word(text: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|index| text[index]);
    let prefix = matches!(before, Some('b' | 'c')) && (at < 2 || !is_word_character(text[at - 2]));
    before.is_some_and(is_word_character) && !prefix
}

fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn line_end(text: &[char], at: usize) -> usize {
    text[at..].iter().position(|character| *character == '\n').map_or(text.len(), |n| at + n)
}

fn block_comment_end(text: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn quoted_end(text: &[char], mut at: usize, quote: char) -> usize {
    while at < text.len() && text[at] != quote {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

/// `at` is behind the `r`; a raw identifier (`r#type`) is no literal.
fn raw_string_end(text: &[char], at: usize) -> Option<usize> {
    let hashes = text[at..].iter().take_while(|character| **character == '#').count();
    if text.get(at + hashes) != Some(&'"') {
        return None;
    }
    let mut end = at + hashes + 1;
    while end < text.len() {
        let closed = text[end] == '"'
            && text[end + 1..].iter().take_while(|character| **character == '#').count() >= hashes;
        if closed {
            return Some(end + 1 + hashes);
        }
        end += 1;
    }
    Some(text.len())
}

/// Marks the lines of every item under `#[cfg(test)]`.
fn test_lines(code: &str) -> Vec<bool> {
    let mut tests = Vec::new();
    // Braces open since the attribute; `None` outside a test item.
    let mut depth: Option<i32> = None;
    let mut opened = false;
    for line in code.lines() {
        let attribute = line.contains("#[cfg(test)]") || line.contains("#[cfg(all(test");
        if depth.is_none() && attribute {
            depth = Some(0);
            opened = false;
        }
        tests.push(depth.is_some());
        let Some(open) = &mut depth else { continue };
        for character in line.chars() {
            match character {
                '{' => (*open, opened) = (*open + 1, true),
                '}' => *open -= 1,
                _ => {}
            }
        }
        let ended = if opened { *open <= 0 } else { line.trim_end().ends_with(';') };
        if ended {
            depth = None;
        }
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_code() {
        let check = |text: &str, expected: &str| assert_eq!(mask(text), expected, "{text}");
        check("a(); // todo!()\nb", "a();           \nb");
        check("a /* x /* y */ z */ b", "a                   b");
        check(r#"f("todo!() \" {") + 1"#, "f(              ) + 1");
        check(r##"f(r#"a"b"#, b'x', '"', '\'')"##, "f(        , b   ,    ,     )");
        check(r#"f(br"{") + var"x""#, "f(b    ) + var   ");
        check("fn f<'a>(x: &'a str) -> r#type {}", "fn f<'a>(x: &'a str) -> r#type {}");
        check("\"one\ntwo\"", "    \n    ");
        check("\"never closed", "             ");
    }

    #[test]
    fn tests_are_what_cfg_test_covers() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n\
                    #[cfg(test)]\nuse x;\nfn d() {}\n#[cfg(test)]\nmod more;\n";
        let source = Source::new("crates/mtm-core/src/lot.rs", text);
        let tests: Vec<usize> =
            source.lines().filter(|(_, _, test)| *test).map(|(line, _, _)| line).collect();
        assert_eq!(tests, [2, 3, 4, 5, 7, 8, 10, 11]);
    }

    #[test]
    fn a_path_tells_crate_product_and_test() {
        let product = Source::new("crates/mtm-core/src/lot.rs", "x");
        assert_eq!((product.crate_name(), product.is_product()), ("mtm-core", true));
        for path in ["crates/mtm-web/tests/web/stock.rs", "crates/mtm-app/src/post/tests.rs"] {
            assert!(Source::new(path, "x").lines().all(|(_, _, test)| test), "{path}");
        }
        assert_eq!(Source::new("xtask/src/main.rs", "x").crate_name(), "xtask");
    }
}
