//! What two books can disagree about.

use serde::{Deserialize, Serialize};

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident $text:literal $title:literal;)*) => {
        /// A kind of disagreement. The order is that of what explains what: what an earlier class
        /// explains is not told by a later one as well.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum BreakClass {
            $($(#[$doc])* $name,)*
        }

        impl BreakClass {
            /// Every class.
            pub const ALL: [Self; 11] = [$(Self::$name,)*];

            /// The name in tables, API and command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it is, in words of whoever keeps the books.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

classes! {
    /// A part has pieces in one of the two books, and the other does not know the part. One break for
    /// a part; its places are not compared.
    UnmappedPart "unmapped_part" "Part that one side does not know";
    /// A location of ours has pieces, or a place of the peer in a warehouse that is mapped has a
    /// figure, and the mapping does not name it. One break for a location. It explains a difference of
    /// the same size that the same part has elsewhere.
    UnmappedLocation "unmapped_location" "Place that is not mapped";
    /// One half of a transfer stands in the peer's ledger: a row that is tied to a transaction which is
    /// not there or does not mirror it, or one half of a movement of ours. It explains the difference
    /// at both places, and that half of ours is not `unposted_move` as well.
    TransferUnpaired "transfer_unpaired" "Half of a transfer";
    /// The peer has a transaction twice for one movement of ours: same part, place, sign and quantity,
    /// within the period of grace. Told where figures differ.
    PostedTwice "posted_twice" "Posted twice";
    /// A transaction of the peer came into its ledger long after it was made, below what was read by
    /// then: reports in between did not know it. Told where nothing before explains it, also where
    /// figures agree.
    LateCommit "late_commit" "Came late into the ledger";
    /// A movement of ours crossed places of the peer, is older than the period of grace, and nothing
    /// in the peer's ledger proves it. Told where figures differ; one break for a movement, whatever
    /// the number of places.
    UnpostedMove "unposted_move" "Moved here, not posted there";
    /// The peer's on hand is not the sum of its own ledger, beyond what may have been posted between
    /// the two readings. Where ours agrees with one of them, it is the only break there.
    LedgerNotOnHand "ledger_not_on_hand" "Ledger and on hand differ";
    /// The peer's figure is below zero, and nothing before explains it.
    NegativeThere "negative_there" "Below zero there";
    /// The peer has pieces where we have none, and nothing before explains it.
    MissingHere "missing_here" "Missing here";
    /// We have pieces where the peer has none, and nothing before explains it.
    MissingThere "missing_there" "Missing there";
    /// Both have pieces, not as many, and nothing before explains it. What is explained in part is
    /// told with what is left.
    QuantityDiffers "quantity_differs" "Quantity differs";
}

impl BreakClass {
    /// Whether a break of it is about one movement or one transaction.
    pub const fn is_of_subject(self) -> bool {
        matches!(
            self,
            Self::TransferUnpaired | Self::PostedTwice | Self::LateCommit | Self::UnpostedMove
        )
    }

    /// The class of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}
