//! Removes secrets from a text, in every form in which a service repeats them.
//!
//! Services quote their input: as JSON in JSON, as Python prints a dictionary, escaped for HTML, in
//! a form-encoded line. All of these replace single characters, so a secret is searched for
//! character by character, in each possible form.

use super::Secret;
use super::placeholder::REDACTED;

/// A shorter secret is not removed: removing it would make a text unreadable and hide nothing.
const SHORTEST: usize = 4;
/// A line of a key with at least this length is a secret by itself.
const LINE: usize = 16;
/// For a secret with at least this length, its beginning alone is removed too: texts are cut off.
const LONG: usize = 32;
/// The length of that beginning.
const BEGINNING: usize = 24;
/// How many levels of escaping are undone. Three levels turn one backslash into eight.
const DEPTH: usize = 3;
const RUN: usize = 1 << DEPTH;

/// `text` without any of the secrets, in case a service repeats its input.
pub(crate) fn scrub(text: String, secrets: &[Secret]) -> String {
    let mut found = Vec::new();
    for secret in secrets {
        for piece in pieces(secret.expose_secret()) {
            find(&text, piece, &mut found);
        }
    }
    if found.is_empty() {
        return text;
    }
    // Overlapping secrets are removed completely.
    found.sort_unstable();
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    for (from, to) in found {
        if from >= end {
            clean.push_str(text.get(end..from).unwrap_or_default());
            clean.push_str(REDACTED);
        }
        end = end.max(to);
    }
    clean.push_str(text.get(end..).unwrap_or_default());
    clean
}

/// The parts of a secret to search for: the whole, and the long lines of a key.
fn pieces(secret: &str) -> impl Iterator<Item = &str> {
    let whole = secret.trim();
    let lines = whole.contains('\n').then(|| whole.lines().map(str::trim));
    let lines = lines.into_iter().flatten();
    // The first and last lines of a key name its type, and are the same for all keys.
    let lines = lines.filter(|line| line.len() >= LINE && !line.starts_with("-----"));
    std::iter::once(whole).filter(|whole| whole.len() >= SHORTEST).chain(lines)
}

/// Adds the positions of `piece` in `text`, each from its first byte to the byte after its last.
fn find(text: &str, piece: &str, found: &mut Vec<(usize, usize)>) {
    let (text_bytes, piece_bytes) = (text.as_bytes(), piece.as_bytes());
    let one_line = !piece.contains('\n');
    let needed = match one_line && piece.len() >= LONG {
        true => BEGINNING,
        false => piece.len(),
    };
    // Letters and digits are never escaped: if the longest run of them is not in the text, neither
    // is the secret.
    let sure = piece.get(..needed).unwrap_or(piece);
    let run = sure.split(|c: char| !c.is_ascii_alphanumeric()).max_by_key(|run| run.len());
    if !text.contains(run.unwrap_or_default()) {
        return;
    }
    let first = piece_bytes.first().copied().unwrap_or_default();
    let mut at = 0;
    while let Some(byte) = text_bytes.get(at) {
        if *byte == first || matches!(byte, b'\\' | b'%' | b'&' | b'+') {
            let (matched, mut end) = longest(piece_bytes, text_bytes, at);
            if matched >= needed {
                // The start of a secret may end within a character.
                while !text.is_char_boundary(end) {
                    end += 1;
                }
                found.push((at, end));
                at = end;
                continue;
            }
        }
        at += 1;
    }
}

/// The number of bytes of `secret` that are at `start` of the text, and the position after them.
fn longest(secret: &[u8], text: &[u8], start: usize) -> (usize, usize) {
    let mut best = (0, start);
    let mut open = vec![(0, start)];
    // A position can be reached twice only if there are alternatives.
    let mut seen = std::collections::BTreeSet::new();
    while let Some((matched, at)) = open.pop() {
        if matched > best.0 {
            best = (matched, at);
        }
        let Some(rest) = secret.get(matched..).filter(|rest| !rest.is_empty()) else { break };
        let before = open.len();
        units(text, at, &mut |unit, next| {
            if let Some(count) = agreed(rest, unit) {
                open.push((matched + count, next));
            }
        });
        if open.len() > before + 1 || before > 0 {
            let fresh = open.split_off(before);
            open.extend(fresh.into_iter().filter(|place| seen.insert(*place)));
        }
    }
    best
}

/// Returns how many bytes at the start of the secret's `rest` match the text's `unit`; `None` if
/// they differ. Every form of a line end matches, and so does the blank that replaces it in one-line text.
fn agreed(rest: &[u8], unit: &[u8]) -> Option<usize> {
    if rest.starts_with(unit) {
        return Some(unit.len());
    }
    match (rest, unit) {
        ([b'\n', ..], b" ") => Some(1),
        ([b'\n', ..], b"\r") => Some(0),
        ([b'\r', b'\n', ..], b"\n" | b" ") => Some(2),
        _ => None,
    }
}

/// Calls `each` with each possible meaning of the text at `at`: the bytes, and the position after
/// them.
fn units(text: &[u8], at: usize, each: &mut dyn FnMut(&[u8], usize)) {
    let backslashes = backslashes(text, at);
    let Some((_, mut end)) = backslashes.first().copied() else {
        return unescaped(text, at, each);
    };
    if text.get(at) == Some(&b'%') {
        unescaped(text, at, each);
    }
    for (count, next) in &backslashes {
        // A backslash of the secret itself, doubled by each escaping.
        if count.is_power_of_two() {
            each(b"\\", *next);
        }
        end = *next;
    }
    // Or the backslashes belong to the next character.
    match text.get(end) {
        Some(b'n') => each(b"\n", end + 1),
        Some(b'r') => each(b"\r", end + 1),
        Some(b't') => each(b"\t", end + 1),
        Some(b'b') => each(b"\x08", end + 1),
        Some(b'f') => each(b"\x0c", end + 1),
        Some(b'u') => code_unit(text, end, each),
        Some(b'U') => character(hex(text, end + 1, 8), end + 9, each),
        Some(b'x') => byte_or_character(text, end, each),
        _ => {}
    }
    unescaped(text, end, each);
}

/// The backslashes that start at `at`: their number, and the position after them, one entry for
/// each. Forms encode them as `%5C`.
fn backslashes(text: &[u8], at: usize) -> Vec<(usize, usize)> {
    let mut run = Vec::new();
    let mut next = at;
    while run.len() < RUN {
        match text.get(next..) {
            Some([b'\\', ..]) => next += 1,
            Some([b'%', b'5', b'C' | b'c', ..]) => next += 3,
            _ => break,
        }
        run.push((run.len() + 1, next));
    }
    run
}

/// The meaning of the text at `at` without a backslash.
fn unescaped(text: &[u8], at: usize, each: &mut dyn FnMut(&[u8], usize)) {
    let Some(byte) = text.get(at) else { return };
    each(&[*byte], at + 1);
    match byte {
        b'+' => each(b" ", at + 1),
        b'%' => percent(text, at, each),
        b'&' => entity(text, at, each),
        _ => {}
    }
}

/// `%C3`, and `%25C3` if it was encoded twice.
fn percent(text: &[u8], at: usize, each: &mut dyn FnMut(&[u8], usize)) {
    let mut start = at + 1;
    for _ in 0..DEPTH {
        let Some(byte) = hex(text, start, 2).and_then(|code| u8::try_from(code).ok()) else {
            return;
        };
        each(&[byte], start + 2);
        if byte != b'%' {
            return;
        }
        start += 2;
    }
}

/// `&lt;`, `&#60;`, `&#x3c;`, and `&amp;lt;` if it was escaped twice.
fn entity(text: &[u8], at: usize, each: &mut dyn FnMut(&[u8], usize)) {
    const NAMES: [(&[u8], &[u8]); 6] = [
        (b"lt;", b"<"),
        (b"gt;", b">"),
        (b"quot;", b"\""),
        (b"apos;", b"'"),
        (b"nbsp;", b" "),
        (b"amp;", b"&"),
    ];
    let mut start = at + 1;
    for _ in 0..DEPTH {
        let rest = text.get(start..).unwrap_or_default();
        if let [b'#', number @ ..] = rest {
            let (number, radix) = match number {
                [b'x' | b'X', number @ ..] => (number, 16),
                _ => (number, 10),
            };
            let digits = number.iter().take(8).take_while(|byte| byte.is_ascii_hexdigit()).count();
            let (digits, after) = number.split_at(digits);
            let code = std::str::from_utf8(digits).ok();
            let code = code.and_then(|digits| u32::from_str_radix(digits, radix).ok());
            if after.first() == Some(&b';') {
                character(code, text.len() - after.len() + 1, each);
            }
            return;
        }
        let Some((name, meant)) = NAMES.iter().find(|(name, _)| rest.starts_with(name)) else {
            return;
        };
        start += name.len();
        each(meant, start);
        if *name != b"amp;" {
            return;
        }
    }
}

/// `\u00e9` and surrogate pairs; `at` is the position of the `u`.
fn code_unit(text: &[u8], at: usize, each: &mut dyn FnMut(&[u8], usize)) {
    let Some(high) = hex(text, at + 1, 4) else { return };
    let end = at + 5;
    if !(0xD800..0xDC00).contains(&high) {
        return character(Some(high), end, each);
    }
    let Some((_, next)) = backslashes(text, end).last().copied() else { return };
    let low = hex(text, next + 1, 4).filter(|low| (0xDC00..0xE000).contains(low));
    if let (Some(b'u'), Some(low)) = (text.get(next), low) {
        character(Some(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)), next + 5, each);
    }
}

/// `\xe9`: a character of a Python string, or a byte of Python bytes; `at` is the position of the
/// `x`.
fn byte_or_character(text: &[u8], at: usize, each: &mut dyn FnMut(&[u8], usize)) {
    let code = hex(text, at + 1, 2);
    if let Some(byte) = code.and_then(|code| u8::try_from(code).ok()).filter(|byte| *byte >= 0x80) {
        each(&[byte], at + 3);
    }
    character(code, at + 3, each);
}

fn character(code: Option<u32>, next: usize, each: &mut dyn FnMut(&[u8], usize)) {
    if let Some(meant) = code.and_then(char::from_u32) {
        each(meant.encode_utf8(&mut [0; 4]).as_bytes(), next);
    }
}

/// The number that `digits` hexadecimal digits at `at` represent.
fn hex(text: &[u8], at: usize, digits: usize) -> Option<u32> {
    let digits = text.get(at..at.checked_add(digits)?)?;
    // `from_str_radix` would accept a sign.
    let all = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = all.then(|| std::str::from_utf8(digits).ok()).flatten()?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    fn json(text: &str) -> String {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    }

    /// JSON as Java and PHP write it: slashes and non-ASCII characters are escaped.
    fn json_of_ascii(text: &str) -> String {
        let mut escaped = String::new();
        for c in json(text).replace('/', "\\/").chars() {
            match c.is_ascii() {
                true => escaped.push(c),
                false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                    let _ = write!(escaped, "\\u{unit:04x}");
                }),
            }
        }
        escaped
    }

    /// Python's `repr` of a text, with or without a single quote in it.
    fn python(text: &str) -> String {
        let mut shown = String::new();
        for c in text.chars() {
            match c {
                '\n' => shown.push_str("\\n"),
                '\r' => shown.push_str("\\r"),
                '\t' => shown.push_str("\\t"),
                '\'' | '\\' => shown.extend(['\\', c]),
                c if c.is_control() => drop(write!(shown, "\\x{:02x}", u32::from(c))),
                c => shown.push(c),
            }
        }
        shown
    }

    /// Python's `repr` of bytes.
    fn python_bytes(text: &str) -> String {
        let mut shown = String::new();
        for byte in text.bytes() {
            match byte {
                b'\n' => shown.push_str("\\n"),
                b'\'' | b'\\' => shown.extend(['\\', char::from(byte)]),
                b' '..=b'~' => shown.push(char::from(byte)),
                byte => drop(write!(shown, "\\x{byte:02x}")),
            }
        }
        shown
    }

    fn html(text: &str) -> String {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        escaped.replace('"', "&#34;").replace('\'', "&#x27;")
    }

    fn percent(text: &str) -> String {
        const FEW: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b'&').add(b'\\');
        utf8_percent_encode(text, FEW).to_string()
    }

    fn form(text: &str) -> String {
        utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%20", "+")
    }

    /// A way to escape a text.
    type Form = (&'static str, fn(&str) -> String);

    const FORMS: [Form; 13] = [
        ("as it is", str::to_owned),
        ("JSON", json),
        ("JSON in ASCII", json_of_ascii),
        ("JSON in JSON", |text| json(&json(text))),
        ("JSON in JSON in ASCII", |text| json_of_ascii(&json_of_ascii(text))),
        ("Python", python),
        ("Python in JSON", |text| json(&python(text))),
        ("Python's bytes", python_bytes),
        ("HTML", html),
        ("JSON in HTML", |text| html(&json(text))),
        ("percent-encoded", percent),
        ("form-encoded", form),
        ("percent-encoded twice", |text| percent(&percent(text))),
    ];

    proptest! {
        #[test]
        fn a_secret_is_found_in_every_form(
            secret in r#"[a-zA-Z0-9'"&<é\\%+][a-zA-Z0-9\\"'<>&%+/é😀\n\t ]{2,24}[a-zA-Z0-9\\%+é]{2}"#,
            before in "[a-z:= ]{0,8}",
            after in "[a-z., ]{0,8}",
        ) {
            for (name, form) in FORMS {
                let text = format!("{before}<{}>{after}", form(&secret));
                let clean = scrub(text.clone(), &[secret.as_str().into()]);
                prop_assert_eq!(clean, format!("{before}<[redacted]>{after}"), "{}: {}", name, text);
            }
        }

        #[test]
        fn no_text_makes_it_panic_and_without_a_secret_it_stays(
            text in r#"(\PC|[\\%&+;#xu0-9a-f]){0,60}"#,
            secret in r#"(\PC|[\\%&+;#xu0-9a-f]){0,12}"#,
        ) {
            let clean = scrub(text.clone(), &[secret.as_str().into()]);
            if !clean.contains(REDACTED) {
                prop_assert_eq!(clean, text);
            }
        }
    }

    #[test]
    fn the_forms_in_which_services_repeat_a_password_are_all_found() {
        let secret = Secret::from("pl\\an'ted\"é%&pw/+x");
        for form in [
            r#"pl\an'ted"é%&pw/+x"#,
            r#"{'username': 'u', 'password': 'pl\\an\'ted"é%&pw/+x'}"#,
            r#"{"password":"pl\\an'ted\"\u00e9%&pw\/+x"}"#,
            r#"{\"password\":\"pl\\\\an'ted\\\"\\u00E9%&pw\/+x\"}"#,
            r#"password=pl%5Can%27ted%22%C3%A9%25%26pw%2F%2Bx"#,
            r#"password=pl%5can%27ted%22%c3%a9%25%26pw/%2bx"#,
            r#"<b>pl\an&#39;ted&quot;é%&amp;pw/+x</b>"#,
            r#"<b>pl\an&#x27;ted&#34;&#233;%&amp;amp;pw/+x</b>"#,
            r#"b'pl\\an\'ted"\xc3\xa9%&pw/+x'"#,
        ] {
            let clean = scrub(form.to_owned(), std::slice::from_ref(&secret));
            let clean = clean.replace(REDACTED, "");
            assert!(!clean.contains("ted") && !clean.contains("pw/"), "{form}: {clean}");
        }
        assert_eq!(scrub("a+b%2bc+%c3%a9".to_owned(), &["a b+c é".into()]), REDACTED);
    }

    const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\r\n\
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\r\n\
        QyNTUxOQAAACBplantedplantedplantedplantedplantedplantedAAAAAAAAAAAAAAAAAAA\r\n\
        c2hvcnQ=\r\n-----END OPENSSH PRIVATE KEY-----\r\n";

    #[test]
    fn a_key_is_found_whole_in_lines_and_without_line_ends() {
        let secret = Secret::from(KEY);
        let one_line = KEY.replace("\r\n", " ");
        for text in [
            KEY.to_owned(),
            KEY.replace("\r\n", "\n"),
            one_line.clone(),
            json(KEY),
            json(&KEY.replace("\r\n", "\n")),
            json(&json(KEY)),
            python(KEY),
            html(&json(KEY)),
        ] {
            let clean = scrub(format!("key: {text}!"), std::slice::from_ref(&secret));
            assert!(!clean.contains("planted") && !clean.contains("b3Bl"), "{clean}");
            assert!(!clean.contains("c2hvcnQ"), "the whole was recognised: {clean}");
        }
        // If the key is wrapped differently or cut off, its long lines are still found.
        for text in [KEY.replace("\r\n", ""), KEY.replace("\r\n", "|"), one_line[..150].to_owned()]
        {
            let clean = scrub(text, std::slice::from_ref(&secret));
            assert!(!clean.contains("planted") && !clean.contains("b3Bl"), "{clean}");
        }
        let advice = "a key begins with -----BEGIN OPENSSH PRIVATE KEY-----";
        assert_eq!(scrub(advice.to_owned(), &[secret]), advice);
    }

    #[test]
    fn the_beginning_of_a_long_secret_is_found_where_a_text_was_cut_off() {
        let token = format!("eyJhbGciOiJSUzI1NiJ9.{}", "planted".repeat(20));
        let text = format!("token {}… is bad", &token[..40]);
        assert_eq!(scrub(text, &[token.into()]), "token [redacted]… is bad");
    }

    #[test]
    fn where_secrets_overlap_nothing_of_either_is_left() {
        let secrets = ["abcdef", "defghi", "cdef", "xyzw"].map(Secret::from);
        for (text, clean) in [
            ("-abcdefghi-", "-[redacted]-"),
            ("-abcdef-defghi-", "-[redacted]-[redacted]-"),
            ("abcdefxyzw", "[redacted][redacted]"),
            ("bcdefg", "b[redacted]g"),
        ] {
            assert_eq!(scrub(text.to_owned(), &secrets), clean);
        }
    }

    #[test]
    fn short_texts_and_empty_ones_are_no_secrets() {
        let secrets = ["", "abc", " \n"].map(Secret::from);
        assert_eq!(scrub("abc \n abc".to_owned(), &secrets), "abc \n abc");
    }

    #[test]
    fn a_pair_of_basic_credentials_is_found_by_its_base64() {
        let pair = STANDARD.encode("client:key>>>???");
        let text = format!("Authorization: Basic {}", pair.replace('/', "%2F"));
        assert_eq!(scrub(text, &[pair.into()]), "Authorization: Basic [redacted]");
    }

    #[test]
    fn a_text_of_nothing_but_escapes_is_read_to_its_end() {
        let secret = Secret::from("\\\\&%+é\\\\");
        for unit in ["\\", "%25", "&amp;", "%5C", "\\\\&amp;%25", "+", "&#0000000"] {
            let text = unit.repeat(5_000);
            let clean = scrub(format!("{text}!"), std::slice::from_ref(&secret));
            assert!(clean.len() == text.len() + 1, "{unit}");
        }
    }
}
