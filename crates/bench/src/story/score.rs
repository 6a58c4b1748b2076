//! B-cubed precision and recall (Bagga and Baldwin 1998) of findings over intrusions.

use std::collections::BTreeMap;

/// A finding, as the score sees it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// What it is of: the recorded set or planted incident; none if it is of ordinary life.
    pub(super) truth: Option<String>,
    /// The intrusion that it was put into.
    pub(super) told: Option<String>,
}

/// Precision and recall, each from 0 to 1, over so many findings.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Score {
    /// Findings of this truth.
    pub(super) findings: usize,
    /// Of those that were put into an intrusion: the mean share of the intrusion that is of the same truth.
    pub(super) precision: f64,
    /// Of all: the mean share of this truth that is in the finding's own intrusion; alone, a finding is all there is.
    pub(super) recall: f64,
}

/// By truth, and of all under `all`, where findings of ordinary life that were put into an intrusion count as wrong.
pub(super) fn scores(items: &[Item]) -> BTreeMap<String, Score> {
    let count = |of: &dyn Fn(&Item) -> bool| items.iter().filter(|item| of(item)).count() as f64;
    let mut sums: BTreeMap<String, (usize, usize, f64, f64)> = BTreeMap::new();
    let mut add = |name: &str, precision: Option<f64>, recall: Option<f64>| {
        let sum = sums.entry(name.to_owned()).or_default();
        sum.0 += usize::from(recall.is_some());
        sum.1 += usize::from(precision.is_some());
        sum.2 += precision.unwrap_or_default();
        sum.3 += recall.unwrap_or_default();
    };
    for item in items {
        let same = |other: &Item| other.truth == item.truth;
        let beside = |other: &Item| other.told == item.told;
        let precision = item.told.is_some().then(|| match item.truth {
            Some(_) => count(&|o| same(o) && beside(o)) / count(&beside),
            None => 0.0,
        });
        let recall = item.truth.is_some().then(|| {
            let together = if item.told.is_some() { count(&|o| same(o) && beside(o)) } else { 1.0 };
            together / count(&same)
        });
        add("all", precision, recall);
        if let Some(truth) = &item.truth {
            add(truth, precision, recall);
        }
    }
    let mean = |sum: f64, of: usize| if of == 0 { 0.0 } else { sum / of as f64 };
    let score = |(findings, told, precision, recall): (usize, usize, f64, f64)| Score {
        findings,
        precision: mean(precision, told),
        recall: mean(recall, findings),
    };
    sums.into_iter().map(|(name, sum)| (name, score(sum))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Item, scores};

    #[test]
    fn what_is_split_costs_recall_and_what_is_mixed_costs_precision() {
        let item = |truth: &str, told: &str| Item {
            truth: Some(truth.to_owned()).filter(|t| !t.is_empty()),
            told: Some(told.to_owned()).filter(|t| !t.is_empty()),
        };
        let right = [item("a", "I1"), item("a", "I1"), item("b", "I2"), item("", "")];
        assert!(scores(&right).values().all(|s| s.precision == 1.0 && s.recall == 1.0));
        let split = scores(&[item("a", "I1"), item("a", "I1"), item("a", ""), item("a", "I2")]);
        assert_eq!((split["a"].precision, split["a"].recall), (1.0, (0.5 + 0.5 + 0.25 + 0.25) / 4.0));
        let mixed = scores(&[item("a", "I1"), item("b", "I1"), item("", "I1"), item("b", "I1")]);
        assert_eq!(mixed["a"].precision, 0.25);
        assert_eq!(mixed["all"].precision, (0.25 + 0.5 + 0.5) / 4.0);
        assert_eq!(mixed["all"].findings, 3);
    }
}
