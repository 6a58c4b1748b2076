//! The columns of a shape's rows: each is typed by its first value.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::ArrowError;
use onus_source::{Cell, Head, Kind, NameId, Names};

use crate::distinct::Distinct;
use crate::rows::{Long, Row, Rows, Span};
use crate::texts::LongTexts;

/// Fields beyond this number in one shape are joined into [`OVERFLOW`].
const MAX_COLUMNS: usize = 1_000;
/// The column of fields that got none of their own: a record that has it is not known field by field.
pub const OVERFLOW: &str = "further_fields";

/// Bytes that fields which share a column take in a batch, about; further ones are only counted: their names are written with
/// them, and a hostile log may give long ones to short values.
const MOST_JOINED: usize = 64 << 20;

/// Layouts of a column for which room is kept: few logs have as many.
const KEPT_PLACES: usize = 64;

/// A field of a layout.
#[derive(Clone, Copy)]
struct Place {
    layout: u32,
    place: u32,
    kind: Kind,
}

/// Makes the columns of one batch after another, in memory that is used again.
#[derive(Default)]
pub(crate) struct Columns {
    distinct: Distinct,
    /// Names of the columns, in order of appearance.
    order: Vec<NameId>,
    /// By column: where its values stand.
    places: Vec<Vec<Place>>,
    /// Fields that get no column of their own.
    further: Vec<Place>,
    /// By name: the number of its column plus one.
    column_of: Vec<u32>,
    /// By layout: whether the rows have it, and how many layouts they have.
    seen: Vec<bool>,
    layouts: usize,
    /// By layout: where a column's values stand in it, if it has the column.
    place_in: Vec<Option<(u32, Kind)>>,
    spans: Vec<Span>,
}

impl Columns {
    /// Names and columns of these rows.
    ///
    /// # Errors
    /// None in practice: keys point to values.
    pub(crate) fn of(
        &mut self,
        rows: &[Row],
        (all, long): (&mut Rows, &mut Long),
        names: &Names,
        overflow: NameId,
    ) -> Result<(Vec<NameId>, Vec<ArrayRef>), ArrowError> {
        self.plan(rows, all, names);
        let further = self.further(overflow);
        let mut columns = Vec::with_capacity(self.order.len() + 1);
        for column in 0..self.order.len() {
            let long = long.take(self.order[column]);
            columns.push(self.column(column, rows, all, long)?);
        }
        let mut order = std::mem::take(&mut self.order);
        order.iter().for_each(|name| self.column_of[name.index()] = 0);
        if !further.is_empty() {
            self.join(further, rows, (all, long), names);
            order.push(overflow);
            columns.push(self.distinct.array(&self.spans, &all.text, None)?);
        }
        Ok((order, columns))
    }

    /// Which columns there are, and where the values of each stand.
    fn plan(&mut self, rows: &[Row], all: &Rows, names: &Names) {
        self.order.clear();
        self.further.clear();
        self.seen.clear();
        self.seen.resize(all.layouts(), false);
        self.place_in.resize(all.layouts(), None);
        self.layouts = 0;
        if self.column_of.len() < names.len() {
            self.column_of.resize(names.len(), 0);
        }
        for Row { layout, .. } in rows {
            if !std::mem::replace(&mut self.seen[*layout as usize], true) {
                self.layouts += 1;
                self.add(*layout, all.heads(*layout));
            }
        }
    }

    fn add(&mut self, layout: u32, heads: &[Head]) {
        for (place, head) in (0..).zip(heads) {
            let place = Place { layout, place, kind: head.kind() };
            let known = &mut self.column_of[head.name().index()];
            if *known == 0 && self.order.len() < MAX_COLUMNS {
                self.order.push(head.name());
                *known = self.order.len() as u32;
                match self.places.get_mut(self.order.len() - 1) {
                    Some(places) => {
                        places.clear();
                        places.shrink_to(KEPT_PLACES);
                    }
                    None => self.places.push(Vec::new()),
                }
            }
            match *known {
                0 => self.further.push(place),
                column => self.places[column as usize - 1].push(place),
            }
        }
    }

    fn column(
        &mut self,
        column: usize,
        rows: &[Row],
        all: &mut Rows,
        long: Option<LongTexts>,
    ) -> Result<ArrayRef, ArrowError> {
        let places = &self.places[column];
        for Place { layout, place, kind } in places {
            self.place_in[*layout as usize] = Some((*place, *kind));
        }
        let values = Values { rows, all, place_in: &self.place_in, has_nulls: places.len() < self.layouts };
        let array = match kind(places) {
            Kind::Bool => Some(values.bools()),
            Kind::Int => Some(values.ints()),
            Kind::Float => values.floats(),
            Kind::Text => None,
        };
        let array = match array {
            Some(array) => array,
            None => {
                values.spans(&mut self.spans);
                if places.iter().any(|place| place.kind != Kind::Text) {
                    spell(rows, all, &self.place_in, &mut self.spans);
                }
                self.distinct.array(&self.spans, &all.text, long)?
            }
        };
        for Place { layout, .. } in &self.places[column] {
            self.place_in[*layout as usize] = None;
        }
        Ok(array)
    }

    /// The fields that get no column of their own, ordered; among them one of the name of the column that they share.
    fn further(&mut self, overflow: NameId) -> Vec<Place> {
        let mut further = std::mem::take(&mut self.further);
        if !further.is_empty()
            && let Some(column) = self.order.iter().position(|name| *name == overflow)
        {
            self.order.remove(column);
            self.column_of[overflow.index()] = 0;
            further.extend(self.places.remove(column));
        }
        further.sort_unstable_by_key(|place| (place.layout, place.place));
        further
    }

    /// These fields as one text a row.
    fn join(&mut self, further: Vec<Place>, rows: &[Row], (all, long): (&mut Rows, &Long), names: &Names) {
        self.spans.clear();
        let before = all.text.len();
        for row in rows {
            let first = further.partition_point(|place| place.layout < row.layout);
            let past = further.partition_point(|place| place.layout <= row.layout);
            let of_row = &further[first..past];
            let mut text = String::new();
            // Writing to a String cannot fail.
            for (number, Place { place, .. }) in of_row.iter().enumerate() {
                if all.text.len() - before + text.len() >= MOST_JOINED {
                    let _ = writeln!(text, "too_many_fields={}", of_row.len() - number);
                    break;
                }
                let name = all.heads(row.layout)[*place as usize].name();
                let value = all.value(row, *place, long);
                let _ = writeln!(text, "{}={value:?}", names.get(name));
            }
            self.spans.push(if text.is_empty() { Span::NONE } else { all.add_text(&text) });
        }
    }
}

/// The kind of a column: that of its first values, if all others are like them.
fn kind(places: &[Place]) -> Kind {
    let first = places.first().map_or(Kind::Text, |place| place.kind);
    let alike = |kind| kind == first || (first, kind) == (Kind::Float, Kind::Int);
    if places.iter().all(|place| alike(place.kind)) { first } else { Kind::Text }
}

/// Values of a column, row by row.
struct Values<'a> {
    rows: &'a [Row],
    all: &'a Rows,
    place_in: &'a [Option<(u32, Kind)>],
    has_nulls: bool,
}

impl Values<'_> {
    #[inline]
    fn cell(&self, row: &Row) -> Option<Cell> {
        let (place, _) = self.place_in[row.layout as usize]?;
        Some(self.all.cell(row, place))
    }

    fn valid(&self) -> Option<NullBuffer> {
        let is_valid = |row: usize| self.place_in[self.rows[row].layout as usize].is_some();
        self.has_nulls.then(|| NullBuffer::new(BooleanBuffer::collect_bool(self.rows.len(), is_valid)))
    }

    fn bools(&self) -> ArrayRef {
        let is_true = |row: usize| self.cell(&self.rows[row]).is_some_and(Cell::bool);
        Arc::new(BooleanArray::new(BooleanBuffer::collect_bool(self.rows.len(), is_true), self.valid()))
    }

    fn ints(&self) -> ArrayRef {
        let ints = self.rows.iter().map(|row| self.cell(row).map_or(0, Cell::int));
        Arc::new(Int64Array::new(ints.collect(), self.valid()))
    }

    /// None where a float does not hold a whole number exactly.
    fn floats(&self) -> Option<ArrayRef> {
        let float = |row: &Row| match self.place_in[row.layout as usize] {
            None => Some(0.0),
            Some((place, Kind::Int)) => {
                let int = self.all.cell(row, place).int();
                (int.unsigned_abs() < 1 << 53).then_some(int as f64)
            }
            Some((place, _)) => Some(self.all.cell(row, place).float()),
        };
        let floats = self.rows.iter().map(float).collect::<Option<_>>()?;
        Some(Arc::new(Float64Array::new(floats, self.valid())))
    }

    /// Where the texts stand; what is none has no place yet.
    fn spans(&self, spans: &mut Vec<Span>) {
        let span = |row: &Row| match self.place_in[row.layout as usize] {
            Some((place, Kind::Text)) => self.all.span(row, place),
            _ => Span::NONE,
        };
        spans.clear();
        spans.extend(self.rows.iter().map(span));
    }
}

/// Adds to the texts of a column what its other values are as texts.
fn spell(rows: &[Row], all: &mut Rows, place_in: &[Option<(u32, Kind)>], spans: &mut [Span]) {
    for (row, span) in rows.iter().zip(spans) {
        let Some((place, kind)) = place_in[row.layout as usize] else { continue };
        let cell = all.cell(row, place);
        *span = match kind {
            Kind::Text => continue,
            Kind::Bool => all.add_text(&cell.bool().to_string()),
            Kind::Int => all.add_text(&cell.int().to_string()),
            Kind::Float => all.add_text(&cell.float().to_string()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Columns, MAX_COLUMNS, OVERFLOW};
    use crate::rows::{Long, Row, Rows};
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int32Type, Int64Type};
    use arrow_array::{ArrayRef, StringArray};
    use onus_source::{Fields, Names, Value};

    /// The columns of records with these fields, by name.
    fn columns(records: &[Vec<(&str, Value<'_>)>]) -> Vec<(String, ArrayRef)> {
        let (mut names, mut all, mut long) = (Names::default(), Rows::default(), Long::default());
        let mut maker = Columns::default();
        let overflow = names.intern(OVERFLOW);
        let mut made = || {
            let mut rows: Vec<Row> = Vec::new();
            for record in records {
                let fields = Fields::from_pairs(record.iter().copied(), &mut names);
                rows.push(all.add(&fields, rows.last(), &mut long));
            }
            let (order, columns) = maker.of(&rows, (&mut all, &mut long), &names, overflow).unwrap();
            all.clear();
            long.clear();
            let named = order.iter().map(|name| names.get(*name).to_owned());
            named.zip(columns).collect::<Vec<_>>()
        };
        let first = made();
        assert_eq!(first, made(), "nothing is left of the last batch");
        first
    }

    fn one(values: &[Option<Value<'_>>]) -> ArrayRef {
        let records = values.iter().map(|value| value.map(|value| ("a", value)).into_iter().collect());
        let mut all = columns(&records.collect::<Vec<_>>());
        assert_eq!(all.len(), 1);
        all.remove(0).1
    }

    fn texts(array: &ArrayRef) -> Vec<Option<&str>> {
        array.as_dictionary::<Int32Type>().downcast_dict::<StringArray>().unwrap().into_iter().collect()
    }

    #[test]
    fn a_column_of_two_types_is_text() {
        let (int, text) = (Some(Value::Int(4624)), |text| Some(Value::Text(text)));
        let array = one(&[int, None, text("0x1"), Some(Value::Bool(true)), text("4624"), None]);
        assert_eq!(texts(&array), [Some("4624"), None, Some("0x1"), Some("true"), Some("4624"), None]);
        assert_eq!(array.as_dictionary::<Int32Type>().values().len(), 3);
    }

    #[test]
    fn numbers_are_of_the_type_of_the_first() {
        let (int, float) = (|n| Some(Value::Int(n)), |n| Some(Value::Float(n)));
        let array = one(&[int(1), None, int(-2)]);
        assert_eq!(array.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(1), None, Some(-2)]);
        let array = one(&[float(1.5), int(2), None]);
        let floats = array.as_primitive::<Float64Type>().iter().collect::<Vec<_>>();
        assert_eq!(floats, [Some(1.5), Some(2.0), None]);
        let array = one(&[float(0.5), int((1 << 53) + 1)]);
        assert_eq!(texts(&array), [Some("0.5"), Some("9007199254740993")], "no number loses a digit");
        assert_eq!(texts(&one(&[int(2), float(1.5)])), [Some("2"), Some("1.5")]);
        let array = one(&[Some(Value::Bool(true)), None, Some(Value::Bool(false))]);
        assert_eq!(array.as_boolean().iter().collect::<Vec<_>>(), [Some(true), None, Some(false)]);
    }

    #[test]
    fn columns_stand_in_order_of_appearance_whatever_the_order_of_a_records_fields() {
        let text = Value::Text;
        let all = columns(&[
            vec![("b", text("1")), ("a", text("2"))],
            vec![("c", text("3")), ("a", text("4")), ("b", text("5"))],
            vec![("b", text("6")), ("a", text("7"))],
        ]);
        let shown: Vec<_> = all.iter().map(|(name, column)| (name.as_str(), texts(column))).collect();
        let some = |values: [&'static str; 3]| values.map(|v| (!v.is_empty()).then_some(v)).to_vec();
        assert_eq!(
            shown,
            [("b", some(["1", "5", "6"])), ("a", some(["2", "4", "7"])), ("c", some(["", "3", ""]))]
        );
    }

    #[test]
    fn a_column_has_its_long_texts_wherever_they_stand() {
        let long = ["x".repeat(255), "y".repeat(256), "é".repeat(200)];
        let [below, at, beyond] = long.each_ref().map(|text| Some(Value::Text(text.as_str())));
        let short = Some(Value::Text("short"));
        let values = [short, at, None, beyond, below, at, Some(Value::Int(7)), short];
        let array = one(&values);
        let [x, y, e] = long.each_ref().map(|text| Some(text.as_str()));
        assert_eq!(texts(&array), [Some("short"), y, None, e, x, y, Some("7"), Some("short")]);
        assert_eq!(array.as_dictionary::<Int32Type>().values().len(), 5);
    }

    #[test]
    fn long_texts_of_a_record_are_of_their_fields() {
        let long = ["x".repeat(300), "y".repeat(400)];
        let [x, y] = [Value::Text(&long[0]), Value::Text(&long[1])];
        let text = Value::Text;
        let all = columns(&[
            vec![("a", text("1")), ("b", x), ("c", text("2")), ("d", y), ("e", text("3"))],
            vec![("a", y), ("n", Value::Int(5)), ("d", x), ("e", text(""))],
        ]);
        let shown: Vec<_> =
            all.iter().filter(|(name, _)| name != "n").map(|(_, column)| texts(column)).collect();
        let [x, y] = [Some(long[0].as_str()), Some(long[1].as_str())];
        let expected = [[Some("1"), y], [x, None], [Some("2"), None], [y, x], [Some("3"), Some("")]];
        assert_eq!(shown, expected);
    }

    #[test]
    fn fields_beyond_the_limit_share_a_column() {
        let names: Vec<String> = (0..MAX_COLUMNS + 2).map(|number| format!("f{number}")).collect();
        let wide: Vec<_> = names.iter().map(|name| (name.as_str(), Value::Int(7))).collect();
        let own = vec![("f0", Value::Int(8)), (OVERFLOW, Value::Text("its own"))];
        let all = columns(&[own.clone(), wide, own]);
        assert_eq!(all.len(), MAX_COLUMNS, "one of them gives its place to the shared one");
        let (name, column) = all.last().unwrap();
        assert_eq!(name, OVERFLOW);
        let own = "further_fields=Text(\"its own\")\n";
        assert_eq!(texts(column), [Some(own), Some("f999=Int(7)\nf1000=Int(7)\nf1001=Int(7)\n"), Some(own)]);
    }

    #[test]
    fn fields_are_counted_where_naming_them_would_take_too_much_room() {
        const FURTHER: usize = 70;
        let spelled: Vec<String> = (0..MAX_COLUMNS + FURTHER).map(|number| format!("f{number}")).collect();
        let long = "x".repeat(1 << 20);
        let value = |number| if number < MAX_COLUMNS { Value::Int(7) } else { Value::Text(&long) };
        let (mut names, mut all, mut long_texts) = (Names::default(), Rows::default(), Long::default());
        let wide = spelled.iter().enumerate().map(|(number, name)| (name.as_str(), value(number)));
        let fields = Fields::from_pairs(wide, &mut names);
        let rows = [(); 2].map(|()| all.add(&fields, None, &mut long_texts));
        let overflow = names.intern(OVERFLOW);
        let all = (&mut all, &mut long_texts);
        let (_, columns) = Columns::default().of(&rows, all, &names, overflow).unwrap();
        let [Some(first), Some(second)] = texts(columns.last().unwrap())[..] else {
            panic!("a text in each row")
        };
        assert!(first.starts_with("f1000=Text(\"xx") && first.ends_with("\ntoo_many_fields=6\n"));
        assert_eq!(second, "too_many_fields=70\n");
    }
}
