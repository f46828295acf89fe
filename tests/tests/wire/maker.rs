//! Makes JSON of schemas: every property filled, each enumeration value and each form of a union
//! in its turn, and the variations in which services deviate from their documents.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document::{demands, names, resolve, target};

/// The name of the field that no document knows.
pub(crate) const UNKNOWN: &str = "x-in-no-document";
/// What every secret starts with.
pub(crate) const SECRET: &str = "s3cr3t";
/// The keys of a map.
const KEYS: [&str; 2] = ["key-1", "key 2/ü"];
/// A value that no enumeration knows.
const NEW_VALUE: &str = "A_VALUE_OF_TOMORROW";

/// In what way JSON is made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    pub(crate) optional: Optional,
    /// Objects have fields that no document knows.
    pub(crate) unknown_fields: bool,
    /// Enumerations have values that no document knows.
    pub(crate) unknown_values: bool,
    /// Unions have forms that no document knows.
    pub(crate) unknown_forms: bool,
    /// Lists and maps are empty.
    pub(crate) empty: bool,
    /// Scalars that are marked lenient, and whole numbers, have the other form.
    pub(crate) lenient: bool,
    /// Lists have a null among their members.
    pub(crate) nulls: bool,
    /// Every text is one that must not be shown.
    pub(crate) planted: bool,
    /// Texts keep to the pattern of their schema, and moments have the form of RFC 3339.
    pub(crate) proper: bool,
}

/// What stands where nothing has to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Optional {
    #[default]
    Filled,
    /// Null where the schema allows it.
    NullIfNullable,
    /// Null, from the given depth of objects on.
    Null(usize),
    /// Left out, from the given depth of objects on.
    Absent(usize),
}

/// Makes JSON of the schemas of one document.
pub(crate) struct Maker<'d> {
    document: &'d Value,
    style: Style,
    choices: BTreeMap<String, Choice>,
    open: Vec<String>,
    serial: usize,
    /// Where the value made last has what its schema requires.
    pub(crate) identities: Vec<Identity>,
    /// How deep objects were nested so far.
    pub(crate) depth: usize,
    /// How often the style has made a value another one.
    pub(crate) variations: usize,
}

/// A required property in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The JSON pointer of the object that it belongs to.
    pub(crate) object: String,
    pub(crate) name: String,
    /// Whether a null is no value of it.
    pub(crate) refuses_null: bool,
}

/// How often a choice was made, and among how many.
struct Choice {
    made: usize,
    among: usize,
    of_forms: bool,
}

/// Where a value stands.
#[derive(Clone)]
struct At {
    pointer: String,
    /// The pointer without the places in lists, which share their choices.
    route: String,
    depth: usize,
    /// Whether another form of a union takes what is missing here.
    open_union: bool,
}

impl At {
    fn step(&self, key: &str) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        let (pointer, route) = (format!("{}/{key}", self.pointer), format!("{}/{key}", self.route));
        Self { pointer, route, ..self.clone() }
    }

    fn item(&self, index: usize) -> Self {
        let (pointer, route) = (format!("{}/{index}", self.pointer), format!("{}/-", self.route));
        Self { pointer, route, ..self.clone() }
    }
}

impl<'d> Maker<'d> {
    pub(crate) fn new(document: &'d Value, style: Style) -> Self {
        Self {
            document,
            style,
            choices: BTreeMap::new(),
            open: Vec::new(),
            serial: 0,
            identities: Vec::new(),
            depth: 0,
            variations: 0,
        }
    }

    /// A value of `schema`; the next one makes other choices.
    pub(crate) fn make(&mut self, schema: &Value) -> Value {
        self.identities.clear();
        let at = At { pointer: String::new(), route: String::new(), depth: 0, open_union: false };
        self.value(schema, &at).expect("a schema that is not endless")
    }

    /// Values of `schema` until every form of every union, and where `values` says so every value
    /// of every enumeration, has been made.
    pub(crate) fn all(&mut self, schema: &Value, values: bool) -> Vec<Value> {
        let mut made = vec![self.make(schema)];
        while self
            .choices
            .values()
            .any(|choice| choice.made < choice.among && (values || choice.of_forms))
        {
            made.push(self.make(schema));
        }
        made
    }

    fn choose(&mut self, at: &At, among: usize, of_forms: bool) -> usize {
        // A union has choices of its own beside those of the form that is chosen.
        let route = format!("{}{}", at.route, if of_forms { "|" } else { "" });
        let choice = self.choices.entry(route).or_insert(Choice { made: 0, among, of_forms });
        choice.made += 1;
        (choice.made - 1) % among
    }

    /// A value of the schema, or nothing where it contains itself without end.
    fn value(&mut self, schema: &Value, at: &At) -> Option<Value> {
        let names = names(self.document, schema);
        let again = |name: &&&str| self.open.iter().filter(|open| open == *name).count() > 1;
        if names.iter().find(again).is_some() {
            return None;
        }
        self.open.extend(names.iter().map(|name| (*name).to_owned()));
        let resolved = resolve(self.document, schema);
        let value = self.resolved(&resolved, at);
        self.open.truncate(self.open.len() - names.len());
        value
    }

    fn resolved(&mut self, schema: &Value, at: &At) -> Option<Value> {
        self.serial += 1;
        for key in ["oneOf", "anyOf"] {
            if let Some(forms) = schema[key].as_array() {
                return self.union(schema, forms, at);
            }
        }
        if let Some(values) = schema["enum"].as_array() {
            let index = self.choose(at, values.len(), false);
            if schema["type"] == "string" && self.style.unknown_values {
                return Some(self.varied(json!(NEW_VALUE)));
            }
            return Some(values[index].clone());
        }
        Some(match schema["type"].as_str() {
            Some("object") => return self.object(schema, at),
            None if schema.get("properties").is_some() => return self.object(schema, at),
            Some("array") => self.list(&schema["items"], at),
            Some("string") => self.text(schema),
            Some(kind) => self.scalar(kind, schema),
            None => self.anything(),
        })
    }

    fn union(&mut self, schema: &Value, forms: &[Value], at: &At) -> Option<Value> {
        let discriminator = &schema["discriminator"];
        let Some(property) = discriminator["propertyName"].as_str() else {
            let index = self.choose(at, forms.len(), true);
            return self.value(&forms[index], &At { open_union: true, ..at.clone() });
        };
        if self.style.unknown_forms {
            let form = json!({property: NEW_VALUE, "and": {"more": [1, null, "zwei"]}});
            return Some(self.varied(form));
        }
        let mapping: Vec<_> = discriminator["mapping"].as_object().into_iter().flatten().collect();
        let (tag, form) = mapping[self.choose(at, mapping.len(), true)];
        let form = forms.iter().find(|known| known["$ref"] == *form).expect("a form of the union");
        let mut value = self.value(form, at)?;
        value[property] = json!(tag);
        // Another tag, or none, is another form.
        self.identities.retain(|known| known.object != at.pointer || known.name != property);
        Some(value)
    }

    fn object(&mut self, schema: &Value, at: &At) -> Option<Value> {
        self.depth = self.depth.max(at.depth + 1);
        let mut object = Map::new();
        let deeper = At { depth: at.depth + 1, ..at.clone() };
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let required = demands(schema, name);
            let resolved = resolve(self.document, property);
            let nullable = resolved["nullable"] == true;
            if required && !at.open_union {
                let any = ["type", "properties", "oneOf", "anyOf", "enum"];
                let refuses_null = !nullable && any.iter().any(|key| resolved.get(key).is_some());
                self.identities.push(Identity {
                    object: at.pointer.clone(),
                    name: name.clone(),
                    refuses_null,
                });
            }
            let null = match self.style.optional {
                Optional::NullIfNullable => nullable,
                Optional::Null(depth) => at.depth >= depth && (nullable || !required),
                Optional::Filled | Optional::Absent(_) => false,
            };
            if null {
                object.insert(name.clone(), self.varied(Value::Null));
                continue;
            }
            if let Optional::Absent(depth) = self.style.optional
                && at.depth >= depth
                && !required
            {
                self.variations += 1;
                continue;
            }
            match self.value(property, &deeper.step(name)) {
                Some(value) => drop(object.insert(name.clone(), value)),
                None if required => return None,
                None => {}
            }
        }
        let known = schema.get("properties").is_some();
        match &schema["additionalProperties"] {
            Value::Bool(false) => {}
            Value::Object(_) if self.style.empty => self.variations += 1,
            additional @ Value::Object(_) => {
                for key in KEYS {
                    if let Some(value) = self.value(additional, &deeper.step(key)) {
                        object.insert(key.to_owned(), value);
                    }
                }
            }
            Value::Null if known => {}
            _ if self.style.empty => {}
            _ => {
                for key in KEYS {
                    object.insert(key.to_owned(), self.anything());
                }
            }
        }
        if self.style.unknown_fields && known && !schema["additionalProperties"].is_object() {
            object.insert(UNKNOWN.to_owned(), self.varied(json!({"a": [1, null, {"b": "c"}]})));
        }
        Some(Value::Object(object))
    }

    fn list(&mut self, items: &Value, at: &At) -> Value {
        if self.style.empty {
            return self.varied(json!([]));
        }
        let members = (0..2).filter_map(|index| self.value(items, &at.item(index)));
        let mut members: Vec<Value> = members.collect();
        // A list that is the value of a map is read as it is.
        if self.style.nulls && !KEYS.iter().any(|key| at.route.ends_with(&key.replace('/', "~1"))) {
            members.push(self.varied(Value::Null));
        }
        Value::Array(members)
    }

    fn text(&mut self, schema: &Value) -> Value {
        let serial = self.serial;
        if self.style.planted {
            return json!(format!("{SECRET}-{serial}"));
        }
        if self.style.lenient && schema["x-tapis-lenient"] == true {
            return self.varied(match serial % 3 {
                0 => json!(true),
                1 => json!(serial),
                _ => json!(serial as f64 + 0.5),
            });
        }
        if self.style.proper && schema["pattern"] == "^[a-zA-Z0-9-]*$" {
            return json!(format!("text-{serial}"));
        }
        let other = schema.get("x-tapis-timestamp").map(|_| "date-time");
        json!(match schema["format"].as_str().or(other) {
            Some("date-time") if self.style.proper => "2026-11-22T23:00:49Z".to_owned(),
            Some("password") => format!("{SECRET}-{serial}"),
            Some("date-time") => MOMENTS[serial % MOMENTS.len()].to_owned(),
            Some("uuid") => format!("00000000-0000-4000-8000-{serial:012}"),
            Some("byte") => "w7xiZXI=".to_owned(),
            _ => format!("text {serial}: ü \"quoted\"\n"),
        })
    }

    fn scalar(&mut self, kind: &str, schema: &Value) -> Value {
        let serial = self.serial;
        let value = match (kind, schema["format"].as_str()) {
            ("boolean", _) => json!(serial.is_multiple_of(2)),
            ("integer", Some("int32")) => json!(serial),
            // Beyond what a float can tell apart.
            ("integer", _) => json!(9_007_199_254_740_993_u64 + serial as u64),
            ("number", _) => json!(serial as f64 + 0.25),
            _ => panic!("the type {kind} is not known"),
        };
        let is_lenient = schema["x-tapis-lenient"] == true || kind == "integer";
        match self.style.lenient && is_lenient {
            true => self.varied(json!(value.to_string())),
            false => value,
        }
    }

    fn varied(&mut self, value: Value) -> Value {
        self.variations += 1;
        value
    }

    /// A value where the document allows any.
    fn anything(&mut self) -> Value {
        self.serial += 1;
        let serial = self.serial;
        if self.style.planted {
            return json!({"any": format!("{SECRET}-{serial}")});
        }
        match serial % 5 {
            0 => json!(format!("anything {serial}")),
            1 => json!({"a": {"b": [serial, "zwei", 0.5]}, "c": true}),
            2 => json!([serial, {"d": "drei"}]),
            3 => json!(serial),
            _ => json!(false),
        }
    }
}

/// The forms in which the services write moments.
const MOMENTS: [&str; 10] = [
    "Sun, 22 Nov 2026 23:00:49 GMT",
    "2026-11-22 23:00:49",
    "2026-11-22 23:00:49.123456",
    "2026-11-22T23:00:49",
    "2026-11-22T23:00:49.123456+00:00",
    "2026-11-22T23:00:49Z",
    "2026-11-22T23:00:49.123Z",
    "2026-11-22T23:00:49.123456789Z",
    "2026-11-22T23:00:49.Z123",
    "None",
];

/// Whether a value of `schema` may stand for nothing at all: an empty list or map, an object of
/// which nothing is required, or anything whatsoever. `None` where the documents do not decide.
pub(crate) fn may_be_nothing(document: &Value, schema: &Value) -> Option<bool> {
    let resolved = resolve(document, schema);
    if ["oneOf", "anyOf"].iter().any(|key| resolved.get(key).is_some())
        || target(schema).is_none() && resolved["nullable"] == true
    {
        return None;
    }
    Some(match resolved["type"].as_str() {
        Some("array") => true,
        Some("object") => resolved["required"].as_array().is_none_or(Vec::is_empty),
        Some(_) => false,
        None => {
            resolved.get("enum").is_none()
                && resolved["required"].as_array().is_none_or(Vec::is_empty)
        }
    })
}
