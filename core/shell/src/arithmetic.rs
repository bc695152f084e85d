//! `$((…))`: arithmetic on whole numbers as in bash (Bash Reference Manual, "Shell Arithmetic"),
//! without assignments.

/// The maximum nesting depth of parentheses, signs and names.
const DEPTH_MAX: usize = 32;

/// The binary operators by precedence, the lowest first; among operators with a common beginning,
/// the longer one first.
const RANKS: [&[&str]; 9] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Evaluates an expression; `variable` returns the values of its variables.
///
/// # Errors
/// Bash's error message.
pub(crate) fn evaluate(
    expression: &str,
    variable: &mut dyn FnMut(&str) -> Option<String>,
) -> Result<i64, String> {
    let mut sum = Sum {
        rest: expression,
        depth: 0,
        variable,
    };
    if expression.trim().is_empty() {
        return Ok(0);
    }
    let value = sum.ranked(0)?;
    match sum.rest.trim() {
        "" => Ok(value),
        rest => Err(format!(
            "syntax error in expression (error token is \"{rest}\")"
        )),
    }
}

struct Sum<'a, 'v> {
    rest: &'a str,
    depth: usize,
    variable: &'v mut dyn FnMut(&str) -> Option<String>,
}

impl Sum<'_, '_> {
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        self.rest = rest.strip_prefix(token).unwrap_or(rest);
        self.rest.len() < rest.len()
    }

    /// The next operator of a precedence level. `|` is not the beginning of `||`.
    fn operator(&mut self, rank: usize) -> Option<&'static str> {
        let rest = self.rest.trim_start();
        let longer = (rest.starts_with("||") || rest.starts_with("&&")) && rank > 1;
        let found = RANKS
            .get(rank)?
            .iter()
            .find(|token| rest.starts_with(**token) && !longer)?;
        self.takes(found).then_some(*found)
    }

    fn ranked(&mut self, rank: usize) -> Result<i64, String> {
        if rank >= RANKS.len() {
            return self.signed();
        }
        let mut left = self.ranked(rank + 1)?;
        while let Some(operator) = self.operator(rank) {
            let right = self.ranked(rank + 1)?;
            left = apply(left, operator, right)?;
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("expression recursion level exceeded".into());
        }
        let value = if self.takes("-") {
            self.signed()?.wrapping_neg()
        } else if self.takes("+") {
            self.signed()?
        } else if self.takes("!") {
            i64::from(self.signed()? == 0)
        } else if self.takes("~") {
            !self.signed()?
        } else if self.takes("(") {
            let inner = self.ranked(0)?;
            if !self.takes(")") {
                return Err(format!(
                    "missing `)' (error token is \"{}\")",
                    self.rest.trim()
                ));
            }
            inner
        } else {
            self.operand()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn operand(&mut self) -> Result<i64, String> {
        let rest = self.rest.trim_start();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        self.rest = after;
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return number(word);
        }
        if word.is_empty() {
            return Err(format!(
                "syntax error: operand expected (error token is \"{}\")",
                rest.trim()
            ));
        }
        let value = (self.variable)(word).unwrap_or_default();
        match value.trim() {
            "" => Ok(0),
            value => match value.strip_prefix('-') {
                Some(digits) => number(digits).map(i64::wrapping_neg),
                None => number(value),
            },
        }
    }
}

/// A constant: decimal, `0x…` or octal `0…`.
fn number(word: &str) -> Result<i64, String> {
    let (digits, radix) = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if word.len() > 1 && word.starts_with('0') => (word, 8),
        None => (word, 10),
    };
    i64::from_str_radix(digits, radix)
        .map_err(|_| format!("value too great for base (error token is \"{word}\")"))
}

fn apply(left: i64, operator: &str, right: i64) -> Result<i64, String> {
    Ok(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        _ if right == 0 => return Err("division by 0 (error token is \"0\")".into()),
        "/" => left.wrapping_div(right),
        _ => left.wrapping_rem(right),
    })
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    #[test]
    fn expressions_evaluate_as_in_bash() {
        let mut variable = |name: &str| (name == "x").then(|| "5".to_owned());
        let cases: &[(&str, Result<i64, &str>)] = &[
            ("1+2*3", Ok(7)),
            ("(1 + 2) * 3", Ok(9)),
            ("x - 7", Ok(-2)),
            ("-x % 3", Ok(-2)),
            ("1 < 2 && 2 <= 2 || 0", Ok(1)),
            ("3 & 6 | 8", Ok(10)),
            ("0x10 + 010 + unset", Ok(24)),
            ("!x", Ok(0)),
            ("", Ok(0)),
            ("1/0", Err("division by 0")),
            ("1 +", Err("operand expected")),
            ("(1", Err("missing `)'")),
            ("1 2", Err("syntax error")),
            ("9z", Err("value too great")),
            ("99999999999999999999", Err("value too great")),
        ];
        for (text, wanted) in cases {
            let found = evaluate(text, &mut variable);
            match (wanted, &found) {
                (Ok(wanted), Ok(found)) => assert_eq!(wanted, found, "{text}"),
                (Err(part), Err(found)) => assert!(found.contains(part), "{text}: {found}"),
                _ => panic!("{text}: {found:?}"),
            }
        }
        assert!(evaluate(&"(".repeat(9999), &mut variable).is_err());
        assert!(evaluate(&"-".repeat(9999), &mut variable).is_err());
    }
}
