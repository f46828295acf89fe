//! The model: the types of a document, in this crate's own terms, for the modules that generate
//! code.

use std::collections::{BTreeMap, BTreeSet};

use tapis_specs::reader::Operation;

use crate::Error;
use crate::shape::Shape;

/// The types of a document and of its operations.
pub(crate) struct Model {
    pub(crate) types: BTreeMap<String, Definition>,
    /// By `operationId`.
    pub(crate) calls: BTreeMap<String, Call>,
}

/// The types of one operation.
#[derive(Default)]
pub(crate) struct Call {
    /// Parameters and `body` by their Rust names, without `Option`.
    pub(crate) fields: BTreeMap<String, Shape>,
    /// The type that the reply is decoded into.
    pub(crate) output: Option<Shape>,
}

impl Call {
    /// The type of a parameter or of `body`, by its Rust name.
    pub(crate) fn field(&self, operation: &Operation, name: &str) -> Result<&Shape, Error> {
        let missing = || Error::about("", operation, format!("there is no type of {name}"));
        self.fields.get(name).ok_or_else(missing)
    }
}

/// A named type.
pub(crate) struct Definition {
    /// Its description in the document.
    pub(crate) text: String,
    pub(crate) kind: Kind,
    /// Whether requests contain it.
    pub(crate) sent: bool,
    /// Whether replies contain it.
    pub(crate) received: bool,
}

pub(crate) enum Kind {
    Object(Object),
    Enumeration(Vec<Choice>),
    Union(Union),
    /// A new name for another type.
    Newtype(Shape),
}

pub(crate) struct Object {
    pub(crate) fields: Vec<Field>,
    /// Whether it has no values besides its fields.
    pub(crate) closed: bool,
    /// Whether its constructor takes named arguments, however few they are.
    pub(crate) named_arguments: bool,
    /// The types of replies that it can be made from.
    pub(crate) from: Vec<String>,
}

pub(crate) struct Field {
    pub(crate) name: String,
    /// The name in JSON; `None` for the field that holds all other properties.
    pub(crate) wire: Option<String>,
    pub(crate) text: String,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// Whether replies may have the scalar as another scalar type.
    pub(crate) lenient: bool,
    /// Whether it may be sent as an explicit null.
    pub(crate) nullable: bool,
    /// Whether it is a list that is never sent empty.
    pub(crate) non_empty: bool,
    /// Whether only the service sets it.
    pub(crate) server_made: bool,
}

/// One value of an enumeration.
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) wire: String,
}

/// A union of types.
pub(crate) struct Union {
    /// The property that distinguishes the variants; without it, the first variant that fits is
    /// used.
    pub(crate) property: Option<String>,
    pub(crate) variants: Vec<Variant>,
}

pub(crate) struct Variant {
    pub(crate) name: String,
    /// The value of the property in this variant.
    pub(crate) tag: Option<String>,
    pub(crate) shape: Shape,
}

impl Kind {
    fn shapes(&self) -> Vec<&Shape> {
        match self {
            Self::Object(object) => object.fields.iter().map(|field| &field.shape).collect(),
            Self::Union(union) => union.variants.iter().map(|variant| &variant.shape).collect(),
            Self::Newtype(shape) => vec![shape],
            Self::Enumeration(_) => Vec::new(),
        }
    }
}

impl Model {
    /// Creates the model from these types and the operations that use them.
    pub(crate) fn new(types: BTreeMap<String, Definition>, calls: BTreeMap<String, Call>) -> Self {
        let mut model = Self { types, calls };
        model.directions();
        for call in model.calls.values_mut() {
            for shape in call.fields.values_mut().chain(&mut call.output) {
                *shape = shape.within("types");
            }
        }
        model
    }

    /// Records which types are sent and which are received.
    fn directions(&mut self) {
        let sent = self.reached(self.calls.values().flat_map(|call| call.fields.values()));
        let received = self.reached(self.calls.values().filter_map(|call| call.output.as_ref()));
        for (name, definition) in &mut self.types {
            definition.sent = sent.contains(name);
            definition.received = received.contains(name);
        }
    }

    /// The types that `roots` refer to, directly or indirectly.
    fn reached<'m>(&'m self, roots: impl Iterator<Item = &'m Shape>) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut pending: Vec<&str> = roots.filter_map(Shape::named).collect();
        while let Some(name) = pending.pop() {
            if let Some(definition) = self.types.get(name)
                && reached.insert(name.to_owned())
            {
                pending.extend(definition.kind.shapes().into_iter().filter_map(Shape::named));
            }
        }
        reached
    }
}
