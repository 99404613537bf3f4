//! What clients are told of properties.
//!
//! Fields of the first generation are a plugin's own business: nobody is told. What not everybody
//! may see does not travel in an event either.

use wasmoat_model::{AppError, PropertyAccessMode, PropertyAttrs, PropertyField, PropertyValue};

use super::PropertyCaller;
use crate::{Core, websocket::Event};

impl Core {
    /// Tells of a field that was made or changed.
    pub(super) fn publish_property_field(&self, name: &str, caller: &PropertyCaller, field: &PropertyField) {
        if !field.has_object_type() {
            return;
        }
        let mut shown = field.clone();
        if let Ok(mut attrs) = PropertyAttrs::of(field)
            && attrs.access_mode() != PropertyAccessMode::Public
        {
            attrs.retain_options(|_| false);
            shown.attrs = attrs.text();
        }
        let event = Event::new(name).json("property_field", &shown).data("object_type", field.object_type.as_str());
        self.publish(scoped(event, field).omit_connection(caller.connection_id()));
    }

    /// Tells of a field that was deleted.
    pub(super) fn publish_property_field_deleted(&self, caller: &PropertyCaller, field: &PropertyField) {
        if !field.has_object_type() {
            return;
        }
        let event = Event::new("property_field_deleted")
            .data("field_id", field.id.as_str())
            .data("object_type", field.object_type.as_str());
        self.publish(scoped(event, field).omit_connection(caller.connection_id()));
    }

    /// Tells of values of one target that were set; with none, that those of `field_id` (or all,
    /// where it is empty) are gone.
    pub(super) async fn publish_property_values(
        &self,
        caller: &PropertyCaller,
        object_type: &str,
        target_id: &str,
        field_id: &str,
        values: &[&PropertyValue],
    ) -> Result<(), AppError> {
        let event = Event::new("property_values_updated")
            .data("object_type", object_type)
            .data("target_id", target_id)
            .data("field_id", field_id)
            .json("values", &values)
            .omit_connection(caller.connection_id());
        let event = match object_type {
            "channel" => event.to_channel(target_id),
            // Of a post that is gone there is nobody to tell.
            "post" => match self.get_post(target_id).await {
                Ok(post) => event.to_channel(&post.channel_id),
                Err(error) if error.status_code == 404 => return Ok(()),
                Err(error) => return Err(error),
            },
            _ => event,
        };
        self.publish(event);
        Ok(())
    }

    /// Tells of written values, target by target, as far as everybody may see them.
    pub(super) async fn publish_written_values(
        &self,
        caller: &PropertyCaller,
        written: &[(PropertyField, PropertyValue)],
    ) -> Result<(), AppError> {
        let mut shown: Vec<&(PropertyField, PropertyValue)> = Vec::new();
        for one in written {
            let public = PropertyAttrs::of(&one.0)?.access_mode() == PropertyAccessMode::Public;
            if public && one.0.has_object_type() {
                shown.push(one);
            }
        }
        shown.sort_by(|a, b| (&a.0.object_type, &a.1.target_id).cmp(&(&b.0.object_type, &b.1.target_id)));
        for group in shown.chunk_by(|a, b| a.0.object_type == b.0.object_type && a.1.target_id == b.1.target_id) {
            let values: Vec<&PropertyValue> = group.iter().map(|one| &one.1).collect();
            let Some((field, value)) = group.first() else { continue };
            let field_id = if group.len() == 1 { field.id.as_str() } else { "" };
            self.publish_property_values(caller, &field.object_type, &value.target_id, field_id, &values).await?;
        }
        Ok(())
    }
}

/// To those who see the field's target.
fn scoped(event: Event, field: &PropertyField) -> Event {
    match field.target_type.as_str() {
        "team" => event.to_team(&field.target_id),
        "channel" => event.to_channel(&field.target_id),
        _ => event,
    }
}
