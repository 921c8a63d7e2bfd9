//! Resources: who is sending, said once for all spans of a provider.
//!
//! A resource is made at set-up, by code, environment and detectors, merged into one and handed to
//! the provider; from then on it does not change and every exporter can read it.
//!
//! Finding out what the resource of this process is (its name, host, container) is not done here.

use std::fmt;
use std::sync::Arc;

use crate::attribute::{Attribute, Value};

/// An immutable set of attributes that describe the sender, with an optional schema URL.
///
/// A clone is one reference count. Attributes are sorted by key; each key occurs once. Limits on
/// spans do not apply to them.
///
/// ```
/// # use spanline_core as spanline;
/// use spanline::Resource;
///
/// let resource = Resource::builder()
///     .service_name("checkout")
///     .attribute("deployment.environment.name", "production")
///     .build();
/// assert_eq!(resource.get("service.name"), Some(&"checkout".into()));
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Resource {
    /// `None`: no attributes, no schema URL.
    content: Option<Arc<Content>>,
}

#[derive(Default, PartialEq)]
struct Content {
    /// Sorted by key, keys unique and not empty.
    attributes: Box<[Attribute<'static>]>,
    /// Not empty if present.
    schema_url: Option<Box<str>>,
}

impl Resource {
    /// The resource that says nothing.
    #[inline]
    #[must_use]
    pub const fn empty() -> Self {
        Self { content: None }
    }

    /// Starts a resource.
    pub const fn builder() -> ResourceBuilder {
        ResourceBuilder {
            attributes: Vec::new(),
            schema_url: None,
        }
    }

    /// Both resources in one; where a key is in both, `updating` wins, even with an empty value.
    ///
    /// The schema URL is that of whichever has one. If both have one and they differ, the
    /// OpenTelemetry specification ("Resource SDK", "Merge") leaves the result open: here all
    /// attributes are kept and the URL is dropped, since neither schema describes them all.
    /// [`conflicts_with`](Self::conflicts_with) tells beforehand.
    #[must_use]
    pub fn merge(&self, updating: &Self) -> Self {
        if updating.content.is_none() {
            return self.clone();
        }
        if self.content.is_none() {
            return updating.clone();
        }
        let mut builder = Self::builder()
            .attributes(self.iter())
            .attributes(updating.iter());
        if !self.conflicts_with(updating) {
            let url = updating.schema_url().or(self.schema_url());
            builder.schema_url = url.map(Into::into);
        }
        builder.build()
    }

    /// Whether both have a schema URL and they differ, so that a merge would drop it.
    #[must_use]
    pub fn conflicts_with(&self, updating: &Self) -> bool {
        match (self.schema_url(), updating.schema_url()) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        }
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value<'static>> {
        let attributes = self.attributes();
        let found = attributes
            .binary_search_by(|attribute| attribute.key.as_ref().cmp(key))
            .ok()?;
        attributes.get(found).map(|attribute| &attribute.value)
    }

    /// The attributes, sorted by key.
    pub fn iter(&self) -> std::slice::Iter<'_, Attribute<'static>> {
        self.attributes().iter()
    }

    /// The URL of the schema that the attributes follow.
    #[must_use]
    pub fn schema_url(&self) -> Option<&str> {
        self.content.as_ref()?.schema_url.as_deref()
    }

    /// How many attributes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.attributes().len()
    }

    /// Whether there are no attributes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attributes().is_empty()
    }

    fn attributes(&self) -> &[Attribute<'static>] {
        self.content
            .as_ref()
            .map_or(&[], |content| &content.attributes)
    }
}

impl<'r> IntoIterator for &'r Resource {
    type Item = &'r Attribute<'static>;
    type IntoIter = std::slice::Iter<'r, Attribute<'static>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A resource of these attributes, without schema URL.
impl<'v, A: Into<Attribute<'v>>> FromIterator<A> for Resource {
    fn from_iter<I: IntoIterator<Item = A>>(attributes: I) -> Self {
        Self::builder().attributes(attributes).build()
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource")
            .field("attributes", &self.attributes())
            .field("schema_url", &self.schema_url())
            .finish()
    }
}

/// Collects the parts of a [`Resource`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct ResourceBuilder {
    attributes: Vec<Attribute<'static>>,
    schema_url: Option<Box<str>>,
}

impl ResourceBuilder {
    /// Sets `service.name`: the one attribute that every backend asks for.
    pub fn service_name(self, name: impl AsRef<str>) -> Self {
        self.attribute("service.name", name.as_ref())
    }

    /// Sets an attribute; of several with one key the last stays. An empty key is ignored.
    pub fn attribute<'v>(self, key: &str, value: impl Into<Value<'v>>) -> Self {
        self.attributes([(key, value.into())])
    }

    /// Sets several attributes.
    pub fn attributes<'v>(
        mut self,
        attributes: impl IntoIterator<Item = impl Into<Attribute<'v>>>,
    ) -> Self {
        let attributes = attributes.into_iter().map(Into::into);
        let valid = attributes.filter(|attribute| !attribute.key.is_empty());
        self.attributes.extend(valid.map(Attribute::into_owned));
        self
    }

    /// Sets the URL of the schema that the attributes follow; an empty one is none.
    pub fn schema_url(mut self, url: impl AsRef<str>) -> Self {
        let url = url.as_ref();
        self.schema_url = (!url.is_empty()).then(|| url.into());
        self
    }

    /// The resource.
    #[must_use]
    pub fn build(self) -> Resource {
        let Self {
            mut attributes,
            schema_url,
        } = self;
        attributes.reverse(); // the sort is stable, so the last of each key comes first
        attributes.sort_by(|one, other| one.key.cmp(&other.key));
        attributes.dedup_by(|later, earlier| later.key == earlier.key);
        if attributes.is_empty() && schema_url.is_none() {
            return Resource::empty();
        }
        let content = Content {
            attributes: attributes.into_boxed_slice(),
            schema_url,
        };
        Resource {
            content: Some(Arc::new(content)),
        }
    }
}

#[cfg(test)]
mod tests;
