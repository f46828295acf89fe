//! The SQL-like form of conditions: `owner = 'me' AND (port BETWEEN '20' AND '30' OR host LIKE
//! '%.org')`.
//!
//! This is the grammar of the Java services (`ASTParser.jj` of tapis-shared-searchlib), and not
//! SQL: it has `NLIKE`, `NIN` and `NBETWEEN`, but no `NOT` or `IS NULL`; `LIKE`, `IN` and `BETWEEN`
//! require quoted values. A parser of SQL would have to be extended for the former, and would
//! accept far too much.
//!
//! This is the grammar of the Java services (`ASTParser.jj` of tapis-shared-searchlib), and not SQL: it has
//! `NLIKE`, `NIN` and `NBETWEEN`, and no `NOT` or `IS NULL`; `LIKE`, `IN` and `BETWEEN` take values in quotes
//! alone. A parser of SQL would have to be taught the former and kept from accepting most of what it knows.

use super::condition::{Condition, Piece, Test};

/// The maximum depth of parentheses.
const DEEPEST: usize = 50;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Symbol(&'static str),
}

/// Parses a condition.
pub(crate) fn parse(text: &str) -> Result<Condition, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let condition = parser.any()?;
    match parser.peek() {
        None => Ok(condition),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    const SYMBOLS: [&str; 9] = ["<>", "<=", ">=", "<", ">", "=", "(", ")", ","];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (value, after) = quoted(rest)?;
            tokens.push(Token::Text(value));
            rest = after;
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        } else {
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+');
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("unexpected character {first}"));
            }
            let word = rest[..end].to_owned();
            rest = &rest[end..];
            tokens.push(match word.parse::<f64>() {
                Ok(_) => Token::Number(word),
                Err(_) => Token::Word(word),
            });
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// A quoted text, in which a doubled quote is a quote.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut rest = text.get(1..).unwrap_or_default();
    loop {
        let end = rest.find('\'').ok_or("a quote is not closed")?;
        value.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Ok((value, rest)),
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found =
            matches!(self.peek(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn takes(&mut self, symbol: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Symbol(symbol));
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.takes_word("or") {
            parts.push(self.all()?);
        }
        Ok(single(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.takes_word("and") {
            parts.push(self.one()?);
        }
        Ok(single(parts, Condition::All))
    }

    fn one(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("too many parentheses".to_owned());
        }
        let condition = if self.takes("(") {
            let inside = self.any()?;
            if !self.takes(")") {
                return Err("a parenthesis is not closed".to_owned());
            }
            inside
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn test(&mut self) -> Result<Condition, String> {
        let Some(Token::Word(attribute)) = self.next() else {
            return Err("an attribute is missing".to_owned());
        };
        // `NOT LIKE` and `NLIKE` are the same operator.
        let mut negated = self.takes_word("not");
        if !negated
            && let Some(Token::Word(word)) = self.tokens.get_mut(self.at)
            && ["nlike", "nin", "nbetween"].contains(&word.to_lowercase().as_str())
        {
            negated = true;
            word.remove(0);
        }
        let condition = if self.takes_word("like") {
            Condition::test(&attribute, Test::Like(pattern(&self.quoted()?)))
        } else if self.takes_word("in") {
            Condition::test(&attribute, Test::OneOf(self.list()?))
        } else if self.takes_word("between") {
            let low = self.quoted()?;
            if !self.takes_word("and") {
                return Err("BETWEEN takes two values".to_owned());
            }
            Condition::test(&attribute, Test::Between(low, self.quoted()?))
        } else if negated {
            return Err("NOT is for LIKE, IN and BETWEEN".to_owned());
        } else {
            return self.comparison(&attribute);
        };
        Ok(if negated { condition.negate() } else { condition })
    }

    fn comparison(&mut self, attribute: &str) -> Result<Condition, String> {
        let Some(Token::Symbol(symbol)) = self.next() else {
            return Err(format!("an operator is missing after {attribute}"));
        };
        let value = self.value()?;
        let (test, opposite) = match symbol {
            "=" => (Test::Equal(value), false),
            "<>" => (Test::Equal(value), true),
            "<" => (Test::Less(value), false),
            ">=" => (Test::Less(value), true),
            ">" => (Test::Greater(value), false),
            "<=" => (Test::Greater(value), true),
            _ => return Err(format!("not an operator: {symbol}")),
        };
        let condition = Condition::test(attribute, test);
        Ok(if opposite { condition.negate() } else { condition })
    }

    fn value(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Text(value) | Token::Number(value)) => Ok(value),
            Some(Token::Word(word))
                if ["true", "false"].contains(&word.to_lowercase().as_str()) =>
            {
                Ok(word)
            }
            _ => Err("a value is missing".to_owned()),
        }
    }

    /// A quoted value, which all operators except comparisons require.
    fn quoted(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Text(value)) => Ok(value),
            _ => Err("a value in quotes is missing".to_owned()),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, String> {
        if !self.takes("(") {
            return Err("IN takes a list".to_owned());
        }
        let mut values = vec![self.quoted()?];
        while self.takes(",") {
            values.push(self.quoted()?);
        }
        if self.takes(")") { Ok(values) } else { Err("a list is not closed".to_owned()) }
    }
}

fn single(mut parts: Vec<Condition>, wrap: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            wrap(parts)
        }
    }
}

fn pattern(text: &str) -> Vec<Piece> {
    let piece = |c| match c {
        '%' => Piece::AnyMany,
        '_' => Piece::AnyOne,
        c => Piece::One(c),
    };
    text.chars().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(text: &str) -> bool {
        let record = json!({ "id": "sys", "owner": "it's me", "port": 22, "enabled": true });
        parse(text).unwrap().holds(&record)
    }

    #[test]
    fn conditions_are_read() {
        assert!(holds("id = 'sys'"));
        assert!(holds("id <> 'other' AND port >= 22 and port <= 22"));
        assert!(holds("owner = 'it''s me'"));
        assert!(holds("enabled = true"));
        assert!(holds("id = 'x' OR (port BETWEEN '20' AND '30' AND id LIKE 's%')"));
        assert!(holds("id IN ('a', 'sys') AND id NOT LIKE 'x_' AND id NIN ('x')"));
        assert!(!holds("missing <> 'x'"), "what is missing is not unequal either");
        assert!(!holds("id = 'x' AND port = 22 OR port = 23"));
    }

    #[test]
    fn what_is_no_condition_is_said() {
        let deep = "(".repeat(10_000);
        for bad in [
            "",
            "id",
            "id =",
            "id = 'x",
            "id ! 3",
            "(id = 3",
            "id = 3 4",
            "= 3",
            "NOT id = 'x'",
            "id IS NULL",
            "port IN (22)",
            "port BETWEEN 1 AND 2",
            "id LIKE sys",
            "id NOT = 'x'",
            &deep,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
