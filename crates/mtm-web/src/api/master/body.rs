//! Bodies of master data: what a new record needs, and what can be changed. A field left out
//! stays as it is; `null` clears it.

use mtm_app::master::MasterAttributes;
use mtm_core::catalogue::{LocationKind, ReasonKind};
use mtm_core::command::Patch;
use mtm_core::word::{ItemType, OperationCode, Quantity};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A body that says something about a record.
pub(super) trait Says: Serialize {
    /// The code, where it is given, and the attributes.
    fn says(self) -> (Option<String>, MasterAttributes);
}

/// A field that was sent: `null` clears, anything else sets. (Absent ones keep, by default.)
pub(in crate::api) fn sent<'de, D, T>(deserializer: D) -> Result<Patch<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.map_or(Patch::Clear, Patch::Set))
}

macro_rules! bodies {
    ($(
        $(#[$doc:meta])* $new:ident $(#[$edit_doc:meta])* $edit:ident {
            $($(#[$field_doc:meta])* $field:ident: Patch<$type:ty> as $shown:ty $(, named $name:literal)?;)*
            $(@flags $($(#[$flag_doc:meta])* $flag:ident: $flag_type:ty;)*)?
            $(@fixed $($(#[$fixed_doc:meta])* $fixed:ident: $fixed_type:ty;)*)?
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $new {
            $($($(#[$fixed_doc])*
            pub(super) $fixed: $fixed_type,)*)?
            /// Its code; folded on the way in.
            code: String,
            /// What people call it besides its code.
            #[serde(default, deserialize_with = "sent")]
            #[schema(value_type = Option<String>)]
            description: Patch<String>,
            $($(#[$field_doc])*
            #[serde(default, deserialize_with = "sent" $(, rename = $name)?)]
            #[schema(value_type = Option<$shown>)]
            $field: Patch<$type>,)*
            $($($(#[$flag_doc])*
            #[serde(default)]
            $flag: Option<$flag_type>,)*)?
        }

        impl Says for $new {
            fn says(self) -> (Option<String>, MasterAttributes) {
                let attributes = MasterAttributes {
                    description: self.description,
                    $($field: self.$field,)*
                    $($($flag: self.$flag,)*)?
                    ..MasterAttributes::default()
                };
                (Some(self.code), attributes)
            }
        }

        $(#[$edit_doc])*
        #[derive(Debug, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $edit {
            /// A new code; the old one stays as an alias.
            #[serde(default)]
            code: Option<String>,
            /// What people call it besides its code.
            #[serde(default, deserialize_with = "sent")]
            #[schema(value_type = Option<String>)]
            description: Patch<String>,
            /// Taken over from data that named it without defining it.
            #[serde(default)]
            unverified: Option<bool>,
            $($(#[$field_doc])*
            #[serde(default, deserialize_with = "sent" $(, rename = $name)?)]
            #[schema(value_type = Option<$shown>)]
            $field: Patch<$type>,)*
            $($($(#[$flag_doc])*
            #[serde(default)]
            $flag: Option<$flag_type>,)*)?
        }

        impl Says for $edit {
            fn says(self) -> (Option<String>, MasterAttributes) {
                let attributes = MasterAttributes {
                    description: self.description,
                    unverified: self.unverified,
                    $($field: self.$field,)*
                    $($($flag: self.$flag,)*)?
                    ..MasterAttributes::default()
                };
                (self.code, attributes)
            }
        }
    )*};
}

bodies! {
    /// A part to add.
    NewPart
    /// Changes of a part.
    EditPart {
        /// Customer it is made for.
        customer: Patch<String> as String;
        /// Item type of its lots unless a booking says otherwise.
        item_type: Patch<ItemType> as ItemType;
        /// Its own hard bound on one receipt.
        max_quantity: Patch<Quantity> as Quantity;
        /// Pieces of it below which `stock.below_minimum` is told.
        minimum_stock: Patch<Quantity> as Quantity;
        @flags
        /// Whether its lots should carry a colour code.
        requires_color: bool;
        /// Whether its lots should carry a work order.
        requires_work_order: bool;
        /// The operations of its routing as far as known, in order.
        operations: Vec<OperationCode>;
    }

    /// A location to add.
    NewLocation
    /// Changes of a location.
    EditLocation {
        /// Building it stands in.
        building: Patch<String> as String;
        /// What kind of place it is.
        kind: Patch<LocationKind> as LocationKind, named "type";
    }

    /// A record to add.
    NewNamed
    /// Changes of a record.
    EditNamed {}

    /// A reason to add.
    NewReason
    /// Changes of a reason.
    EditReason {
        @flags
        /// Whether it explains nothing without notes.
        needs_notes: bool;
        @fixed
        /// What it explains.
        kind: ReasonKind;
    }
}
