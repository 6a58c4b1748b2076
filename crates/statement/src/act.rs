//! The acts of the PLOVER event ontology, and how they weigh.

use serde::{Serialize, Serializer};

macro_rules! acts {
    ($($variant:ident $name:literal $words:literal $weight:literal),+ $(,)?) => {
        /// A type of the PLOVER event ontology.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Act { $(#[doc = $words] $variant),+ }

        impl Act {
            /// All types, from the friendliest on.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the ontology.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it means, in a few words.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$variant => $words),+ }
            }

            /// Conflict (-10) to cooperation (+10) after Goldstein 1992, "A conflict-cooperation scale for WEIS
            /// events data", as carried over to the root codes of CAMEO, from which the types of PLOVER were
            /// made (<https://www.gdeltproject.org/data/lookups/CAMEO.goldsteinscale.txt>).
            #[must_use]
            pub fn goldstein(self) -> f64 {
                match self { $(Self::$variant => $weight),+ }
            }
        }
    };
}

acts! {
    Agree "AGREE" "agrees or says that it will cooperate" 4.0,
    Consult "CONSULT" "meets, visits, negotiates" 1.0,
    Support "SUPPORT" "diplomatic cooperation: praises, recognises, signs" 3.5,
    Cooperate "COOPERATE" "works together: trade, military, judicial" 6.0,
    Aid "AID" "provides aid or asylum" 7.0,
    Concede "CONCEDE" "yields: eases restrictions, accepts demands" 5.0,
    Retreat "RETREAT" "retreats, releases, returns, lets in" 5.0,
    Investigate "INVESTIGATE" "investigates" -2.0,
    Demand "DEMAND" "demands, calls on" -5.0,
    Disapprove "DISAPPROVE" "criticises, condemns, accuses, complains" -2.0,
    Reject "REJECT" "rejects, refuses, denies" -4.0,
    Threaten "THREATEN" "threatens, warns" -6.0,
    Protest "PROTEST" "protests, demonstrates, strikes" -6.5,
    Mobilize "MOBILIZE" "shows force, deploys, goes on alert" -7.2,
    Sanction "SANCTION" "reduces relations, sanctions, expels" -4.0,
    Coerce "COERCE" "arrests, indicts, restricts, seizes, hacks" -7.0,
    Assault "ASSAULT" "abducts, tortures, bombs, kills" -9.0,
    Fight "FIGHT" "uses military force" -10.0,
}

impl Act {
    /// By its name; `VIOLENCE`, which the tables use for what is settled by who does it to whom, is `Fight`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == "VIOLENCE" {
            return Some(Self::Fight);
        }
        Self::ALL.iter().copied().find(|act| act.name() == name)
    }

    /// Agreement, diplomacy, aid, yielding.
    #[must_use]
    pub fn is_cooperative(self) -> bool {
        self <= Self::Retreat
    }

    /// Deeds against another, beyond words.
    #[must_use]
    pub fn is_hostile_deed(self) -> bool {
        self >= Self::Protest
    }
}

impl Serialize for Act {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Act;

    /// Root code of CAMEO, its weight in the published table (see [`Act::goldstein`]), and the type made from it.
    const PUBLISHED: [(u8, f64, &str); 19] = [
        (3, 4.0, "AGREE"),
        (4, 1.0, "CONSULT"),
        (5, 3.5, "SUPPORT"),
        (6, 6.0, "COOPERATE"),
        (7, 7.0, "AID"),
        (8, 5.0, "CONCEDE"),
        (8, 5.0, "RETREAT"),
        (9, -2.0, "INVESTIGATE"),
        (10, -5.0, "DEMAND"),
        (11, -2.0, "DISAPPROVE"),
        (12, -4.0, "REJECT"),
        (13, -6.0, "THREATEN"),
        (14, -6.5, "PROTEST"),
        (15, -7.2, "MOBILIZE"),
        (16, -4.0, "SANCTION"),
        (17, -7.0, "COERCE"),
        (18, -9.0, "ASSAULT"),
        (19, -10.0, "FIGHT"),
        (20, -10.0, "FIGHT"),
    ];

    #[test]
    fn each_type_weighs_what_its_root_code_does() {
        for (root, weight, name) in PUBLISHED {
            let act = Act::parse(name).unwrap();
            assert!((act.goldstein() - weight).abs() < 1e-9, "{root} {name}: {}", act.goldstein());
        }
        assert!(Act::ALL.iter().all(|act| PUBLISHED.iter().any(|(_, _, name)| *name == act.name())));
    }
}
