//! Fused elementwise programs: one invocation per position, every instruction a line.

use std::fmt::Write as _;

use super::{Compiler, round};
use crate::gpu::GpuError;
use crate::gpu::shader::{Kernel, literal};
use crate::graph::{BinaryOp, UnaryOp};
use crate::plan::{Function, Operand, Program};

pub(super) fn program(compiler: &mut Compiler<'_>, program: &Program) -> Result<Kernel, GpuError> {
    let mut body = String::new();
    let mut args: Vec<u32> = Vec::new();
    let mut functions: Vec<(String, String)> = Vec::new();
    // Coordinates, innermost first.
    let dims = &program.dims;
    let moves = |axis: usize| program.inputs.iter().any(|input| input.strides[axis] != 0);
    if dims.len() == 1 {
        body.push_str("  let c0 = i;\n");
    } else {
        let mut below = 1;
        for axis in (0..dims.len()).rev() {
            if moves(axis) {
                let over = if axis == 0 { String::new() } else { format!(" % {}u", dims[axis]) };
                let _ = writeln!(body, "  let c{axis} = (i / {below}u){over};");
            }
            below *= dims[axis];
        }
    }
    for (index, input) in program.inputs.iter().enumerate() {
        args.push(input.view.offset as u32);
        let mut place = format!("p{index}");
        for (axis, &stride) in input.strides.iter().enumerate() {
            match stride {
                0 => {}
                1 => {
                    let _ = write!(place, " + c{axis}");
                }
                _ => {
                    let _ = write!(place, " + c{axis} * {stride}u");
                }
            }
        }
        let _ = writeln!(body, "  let x{index} = ld({place});");
    }
    for (index, instr) in program.instrs.iter().enumerate() {
        let [a, b, c] = instr.operands.map(operand);
        let value = match instr.function {
            Function::Unary(op) => unary(op, &a),
            Function::Binary(op) => binary(op, &a, &b),
            Function::Select => format!("select({b}, {c}, {a} == 0.0f)"),
            Function::Copy => a,
            Function::RangeMask(id) => {
                let limit = compiler.plan.quantizers[id.index()].max_finite().to_bits();
                format!("select(0.0f, {a}, (bitcast<u32>({b}) & 0x7FFFFFFFu) <= 0x{limit:08X}u)")
            }
            Function::Round(id, counter) => {
                let quantizer = compiler.plan.quantizers[id.index()];
                let rounding = round::nearest_function(&quantizer)?;
                let call = format!("{}({a}, p{})", rounding.0, args.len());
                args.push(Compiler::counter(counter.into()));
                if !functions.contains(&rounding) {
                    functions.push(rounding);
                }
                call
            }
        };
        let _ = writeln!(body, "  let r{index} = {value};");
    }
    for (value, view) in &program.outputs {
        let _ = writeln!(body, "  st(p{} + i, {});", args.len(), operand(*value));
        args.push(view.offset as u32);
    }
    // Over one loop the text does not depend on its size: the updates of all parameters are one text.
    let each = if dims.len() == 1 { Kernel::each_of } else { Kernel::each };
    let mut kernel = each(compiler.target, program.len(), args, &body);
    kernel.functions = functions;
    Ok(kernel)
}

fn operand(operand: Operand) -> String {
    match operand {
        Operand::Input(index) => format!("x{index}"),
        Operand::Constant(value) => literal(value),
        Operand::Result(index) => format!("r{index}"),
    }
}

fn unary(op: UnaryOp, a: &str) -> String {
    match op {
        UnaryOp::Neg => format!("-({a})"),
        UnaryOp::Abs => format!("abs({a})"),
        UnaryOp::Sign => format!("select(select(0.0f, -1.0f, {a} < 0.0f), 1.0f, {a} > 0.0f)"),
        UnaryOp::Relu => format!("select(0.0f, {a}, {a} > 0.0f)"),
        UnaryOp::LeakyRelu(slope) => format!("select({} * {a}, {a}, {a} > 0.0f)", literal(slope)),
        UnaryOp::Relu6 => format!("select(0.0f, select(6.0f, {a}, {a} < 6.0f), {a} > 0.0f)"),
        UnaryOp::Within(lo, hi) => {
            format!("select(0.0f, 1.0f, ({} < {a}) && ({a} < {}))", literal(lo), literal(hi))
        }
        UnaryOp::Exp => format!("m_exp({a})"),
        UnaryOp::Ln => format!("m_ln({a})"),
        UnaryOp::Sqrt => format!("sqrt({a})"),
        UnaryOp::Recip => format!("1.0f / {a}"),
        UnaryOp::Square => format!("{a} * {a}"),
        UnaryOp::Tanh => format!("m_tanh({a})"),
        UnaryOp::Sigmoid => format!("m_sigmoid({a})"),
        UnaryOp::Softplus => format!("m_softplus({a})"),
        UnaryOp::Sin => format!("m_sin({a})"),
        UnaryOp::Cos => format!("m_cos({a})"),
        UnaryOp::Erf => format!("m_erf({a})"),
        UnaryOp::Scale(c) => format!("{} * {a}", literal(c)),
        UnaryOp::Offset(c) => format!("{a} + {}", literal(c)),
        UnaryOp::FlushSubnormal => format!("select({a}, 0.0f, abs({a}) < {})", literal(f32::MIN_POSITIVE)),
        UnaryOp::Finite => {
            format!("select(0.0f, 1.0f, (bitcast<u32>({a}) & 0x7F800000u) != 0x7F800000u)")
        }
    }
}

fn binary(op: BinaryOp, a: &str, b: &str) -> String {
    match op {
        BinaryOp::Add => format!("{a} + {b}"),
        BinaryOp::Sub => format!("{a} - {b}"),
        BinaryOp::Mul => format!("{a} * {b}"),
        BinaryOp::Div => format!("{a} / {b}"),
        BinaryOp::Max => format!("select({b}, {a}, {a} > {b})"),
        BinaryOp::Min => format!("select({b}, {a}, {a} < {b})"),
        BinaryOp::Greater => format!("select(0.0f, 1.0f, {a} > {b})"),
        BinaryOp::MaskPositive(slope) => format!("select({} * {a}, {a}, {b} > 0.0f)", literal(slope)),
    }
}
