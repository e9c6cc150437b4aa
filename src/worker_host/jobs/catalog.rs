//! Catalog: what tensors a file has.

use protocol::{
    CatalogSummary, Event, Failure, FileSource, JobId, MAX_LISTED_TENSORS, Outcome, TableFound, TensorSummary,
};
use tensor_files::{Catalog, DecimalMark};
use web_sys::File;

use super::{Cancel, Stop, file, post};

/// Posts the file's tensors, as many as a page lists.
pub(super) async fn run(
    job: JobId,
    source: FileSource,
    file: Option<File>,
    cancel: &Cancel,
) -> Result<(), Stop> {
    let file = file.ok_or_else(|| Failure::new("file_missing"))?;
    let progress = |done, total| post::event(job, Event::Progress { done, total });
    let catalog = file::catalog(&file, &source, cancel, progress).await?;
    let tensors = catalog
        .tensors
        .iter()
        .take(MAX_LISTED_TENSORS)
        .map(|tensor| TensorSummary {
            name: tensor.name.clone(),
            dtype: tensor.dtype.name().to_owned(),
            shape: tensor.shape.clone(),
            elements: tensor.elements,
            bytes: tensor.byte_len,
            unreadable: tensor.readable.as_ref().err().map(file::file_failure),
        })
        .collect();
    let summary = CatalogSummary {
        kind: catalog.kind.name().to_owned(),
        file_bytes: catalog.file_bytes,
        tensors,
        tensor_count: catalog.tensors.len() as u64,
        table: table(&catalog),
        trailing_bytes: catalog.trailing_bytes,
    };
    post::event(job, Event::Done(Outcome::Catalog(summary)));
    Ok(())
}

/// How a text was read.
fn table(catalog: &Catalog) -> Option<TableFound> {
    let (layout, counts) = (catalog.csv?, catalog.csv_counts);
    let [rows, columns] = catalog.tensors.first()?.shape[..] else { return None };
    Some(TableFound {
        delimiter: char::from(layout.delimiter),
        decimal_comma: layout.decimal == DecimalMark::Comma,
        header_row: layout.header_row,
        index_column: layout.index_column,
        separator_line: layout.has_separator_line,
        columns: columns + u64::from(layout.index_column),
        rows,
        comment_lines: counts.comment_lines,
        blank_lines: counts.blank_lines,
        missing: counts.missing,
        grouped: counts.grouped,
        inexact: counts.inexact,
        zeroed: counts.zeroed,
    })
}
