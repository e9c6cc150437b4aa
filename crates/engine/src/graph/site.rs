//! Rounding sites: the places of a network where a policy rounds, by role and name.
//!
//! A site is noted whether or not the policy rounds there, so a binary32 graph and a quantised one made by the same program have the same
//! sites: what is measured at one is used at the other. A weight's site has the parameter's name. Any other is called after the nearest
//! parameter that its value is computed from, without the last part (`hidden.bias` -> `hidden`, the layer), or after the
//! nearest input. A name that is taken gets a number: `hidden #2` is the layer's second use.

use std::collections::{HashSet, VecDeque};

use super::{Graph, Op, Tensor};
use crate::policy::Role;

/// Index of a site in [`Graph::sites`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteId(pub(crate) u32);

impl SiteId {
    /// Its position in the list of sites.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place where numbers of one role may be rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Name, once for each role.
    pub name: String,
    /// Whose numbers.
    pub role: Role,
    /// The value before it is rounded.
    pub tensor: Tensor,
}

impl Graph {
    /// The rounding sites, in the order of their making.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Notes a site. Without a name it is called as said above.
    pub fn add_site(&mut self, role: Role, tensor: Tensor, name: Option<&str>) -> SiteId {
        let name = match name {
            Some(name) => name.to_owned(),
            None => self.nearest_name(role, tensor),
        };
        let taken = |name: &str| self.sites.iter().any(|site| site.role == role && site.name == name);
        let mut own = name.clone();
        let mut use_number = 1;
        while taken(&own) {
            use_number += 1;
            own = format!("{name} #{use_number}");
        }
        self.sites.push(Site { name: own, role, tensor });
        SiteId(self.sites.len() as u32 - 1)
    }

    fn nearest_name(&self, role: Role, tensor: Tensor) -> String {
        let mut seen = HashSet::from([tensor]);
        let mut waiting = VecDeque::from([tensor]);
        while let Some(at) = waiting.pop_front() {
            let node = self.node(at);
            match node.op {
                Op::Param(id) | Op::Assign(id) => {
                    let name = &self.params()[id.index()].name;
                    let layer = name.rsplit_once('.').map_or(name.as_str(), |(layer, _)| layer);
                    let whole = matches!(role, Role::Weights | Role::State);
                    return if whole { name.clone() } else { layer.to_owned() };
                }
                Op::Input(id) => return self.inputs()[id.index()].name.clone(),
                Op::Random { .. } => return "random".to_owned(),
                _ => waiting.extend(node.inputs.iter().filter(|&&input| seen.insert(input))),
            }
        }
        "constant".to_owned()
    }
}
