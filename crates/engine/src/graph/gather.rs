//! Rows by index: embeddings, batches, labels.

use super::{DType, Graph, Op, Tensor};
use crate::shape::Shape;

impl Graph {
    /// `table (rows, width...)` at `index (...)`: `(..., width...)`. An index beyond the table gives its last row.
    pub fn gather(&mut self, table: Tensor, index: Tensor) -> Tensor {
        assert_eq!(self.node(index).dtype, DType::U32, "an index");
        let table_node = self.node(table);
        let dtype = table_node.dtype;
        let mut sizes = self.shape(index).sizes().to_vec();
        sizes.extend(&table_node.shape.sizes()[1..]);
        self.push(Op::Gather, &[table, index], Shape::new(&sizes), dtype)
    }

    /// Adds `rows` of `(..., width...)` at `index (...)` to a table of zeros with `count` rows.
    pub fn scatter_add(&mut self, rows: Tensor, index: Tensor, count: usize) -> Tensor {
        let batch = self.shape(index).rank();
        let mut sizes = vec![count];
        sizes.extend(&self.shape(rows).sizes()[batch..]);
        self.push_f32(Op::ScatterAdd, &[rows, index], Shape::new(&sizes))
    }

    /// `index (...)` as `(..., classes)`: 1 at the index, else 0.
    pub fn one_hot(&mut self, index: Tensor, classes: usize) -> Tensor {
        assert_eq!(self.node(index).dtype, DType::U32, "an index");
        let mut sizes = self.shape(index).sizes().to_vec();
        sizes.push(classes);
        self.push_f32(Op::OneHot, &[index], Shape::new(&sizes))
    }
}
