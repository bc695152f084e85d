//! Tab completion with the words that the world offers.

use crate::edit::Text;

/// Returns the line after Tab. A single candidate is completed, with a space after it; several are
/// completed up to their common prefix.
#[must_use]
pub fn apply(at: &Text, from: usize, candidates: &[String]) -> Text {
    match candidates {
        [] => at.clone(),
        [only] => {
            let open = only.ends_with(['/', '=']);
            at.replaced(
                from,
                &if open {
                    only.clone()
                } else {
                    format!("{only} ")
                },
            )
        }
        several => at.replaced(from, common_prefix(several)),
    }
}

fn common_prefix(words: &[String]) -> &str {
    let Some((first, rest)) = words.split_first() else {
        return "";
    };
    let mut length = first.len();
    for word in rest {
        let same = first
            .char_indices()
            .zip(word.chars())
            .find(|((_, a), b)| a != b);
        let shorter = first.len().min(word.len());
        length = length.min(same.map_or(shorter, |((at, _), _)| at));
    }
    first.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn tab_completes_as_far_as_the_words_agree() {
        for (text, from, offered, expected) in [
            ("aws cloud", 4, vec!["cloudhsmv2"], "aws cloudhsmv2 "),
            ("ls /o", 3, vec!["/opt/"], "ls /opt/"),
            (
                "aws ec2 de",
                8,
                vec!["delete-vpc", "describe-vpcs"],
                "aws ec2 de",
            ),
            (
                "aws ec2 des",
                8,
                vec!["describe-subnets", "describe-vpcs"],
                "aws ec2 describe-",
            ),
            ("x", 0, vec![], "x"),
            ("é", 0, vec!["éa", "éb"], "é"),
        ] {
            assert_eq!(
                apply(&Text::new(text), from, &words(&offered)).text,
                expected
            );
        }
    }
}
