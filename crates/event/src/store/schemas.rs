//! The columns of a table, of whose batches not each has all of them, nor in the same order.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use foldhash::fast::FixedState;

use super::pressed::Pressed;
use crate::derive::text_type;

/// By a batch's schema: where each column of a table stands in it.
pub(super) type PlacesBySchema = HashMap<*const Schema, Vec<Option<usize>>, FixedState>;

/// Where each column of `schema` stands in batches, by their schema: many batches share one.
pub(super) fn places_in(schema: &Schema, batches: &[Pressed]) -> PlacesBySchema {
    let mut places = PlacesBySchema::default();
    for rows in batches {
        let of_batch = rows.batch().schema_ref();
        places
            .entry(Arc::as_ptr(of_batch))
            .or_insert_with(|| in_turn(schema, of_batch).map(|(place, _)| place).collect());
    }
    places
}

/// The place of each column of `schema` in another one. They mostly follow each other there as they do here.
fn in_turn<'s>(schema: &'s Schema, other: &Schema) -> impl Iterator<Item = (Option<usize>, &'s FieldRef)> {
    let mut next = 0;
    schema.fields().iter().map(move |field| {
        let follows = other.fields().get(next).is_some_and(|f| f.name() == field.name());
        let place = if follows { Some(next) } else { place_of(other, field.name()) };
        next = place.map_or(next, |place| place + 1);
        (place, field)
    })
}

/// The place of a column. `Schema::index_of` writes down all names where there is none.
fn place_of(schema: &Schema, name: &str) -> Option<usize> {
    schema.column_with_name(name).map(|(place, _)| place)
}

/// All columns of both, in order of appearance; columns of unlike types become text.
pub(super) fn union(known: &SchemaRef, new: &SchemaRef) -> SchemaRef {
    let mut changed: Option<Vec<FieldRef>> = None;
    for (place, field) in in_turn(new, known) {
        let fields = || known.fields().to_vec();
        match place {
            None => changed.get_or_insert_with(fields).push(Arc::clone(field)),
            Some(at) if known.field(at).data_type() != field.data_type() => {
                let wider = wider(known.field(at).data_type(), field.data_type());
                if known.field(at).data_type() != &wider {
                    changed.get_or_insert_with(fields)[at] = Arc::new(Field::new(field.name(), wider, true));
                }
            }
            Some(_) => {}
        }
    }
    changed.map_or_else(|| Arc::clone(known), |fields| Arc::new(Schema::new(fields)))
}

fn wider(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        (DataType::Int64 | DataType::Float64, DataType::Int64 | DataType::Float64) => DataType::Float64,
        _ => text_type(),
    }
}
