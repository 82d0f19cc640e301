//! Which file of `src` names which, read with a parser of the language.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

/// A module's address below the crate: `["store", "delivery", "attempts"]`.
pub type Module = Vec<String>;

/// Most modules through which one name is given on.
const MOST_STEPS: usize = 8;

/// What each module names of the others. Tests at a file's end do not count.
pub struct Graph {
    pub edges: BTreeMap<Module, BTreeSet<Module>>,
}

/// The module that a file below `src` is.
fn module_of(file: &str) -> Module {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let parts = path.split('/').map(str::to_owned);
    parts
        .filter(|part| part != "lib" && part != "main")
        .collect()
}

/// Paths that a file's own items name, and names that it gives on.
struct Reader {
    module: Module,
    children: BTreeSet<String>,
    paths: BTreeSet<Module>,
    /// Each name that is imported, with what it stands for.
    imported: BTreeMap<String, Module>,
    /// Whether it is in a module inside of the file, whose names nobody else sees.
    is_inside: bool,
}

impl Reader {
    /// A path as seen from the crate's root; nothing if it leads out of the crate.
    fn absolute(&self, path: &[String]) -> Option<Module> {
        let first = path.first()?;
        if first == "crate" {
            return Some(path[1..].to_vec());
        }
        if first == "self" {
            return Some([self.module.as_slice(), &path[1..]].concat());
        }
        if first == "super" {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let base = self.module.len().checked_sub(ups)?;
            return Some([&self.module[..base], &path[ups..]].concat());
        }
        if self.children.contains(first) {
            return Some([self.module.as_slice(), path].concat());
        }
        let known = self.imported.get(first)?;
        Some([known.as_slice(), &path[1..]].concat())
    }

    fn name(&mut self, path: &[String]) {
        if let Some(path) = self.absolute(path) {
            self.paths.insert(path);
        }
    }

    fn import(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let (path, name) = match tree {
            syn::UseTree::Path(path) => return self.import(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => {
                return group
                    .items
                    .iter()
                    .for_each(|tree| self.import(tree, before));
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                (before.to_vec(), before.last().cloned().unwrap_or_default())
            }
            syn::UseTree::Name(name) => (with(&name.ident), name.ident.to_string()),
            syn::UseTree::Rename(rename) => (with(&rename.ident), rename.rename.to_string()),
            // What stands in that module, whatever it is called.
            syn::UseTree::Glob(_) => (before.to_vec(), String::new()),
        };
        if let Some(path) = self.absolute(&path) {
            self.paths.insert(path.clone());
            if !self.is_inside {
                self.imported.insert(name, path);
            }
        }
    }

    /// Paths in what a macro is given: `routes![accounts::show]`.
    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.name(&path);
                        path.clear();
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.name(&path);
                    path.clear();
                    if let proc_macro2::TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.name(&path);
    }
}

/// Whether an item is compiled for tests alone.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else {
            return false;
        };
        let condition = list.tokens.to_string();
        list.path.is_ident("cfg") && condition.contains("test") && !condition.contains("not")
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_inside = std::mem::replace(&mut self.is_inside, true);
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
        self.is_inside = is_inside;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &[]);
    }

    /// `pub(in crate::store)` names nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts = path.segments.iter().map(|part| part.ident.to_string());
        let parts: Vec<String> = parts.collect();
        if parts.len() > 1 {
            self.name(&parts);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        self.tokens(found.tokens.clone());
    }
}

impl Graph {
    /// Of these files: their paths below `src`, and what stands in them.
    pub fn of(files: &[(String, String)]) -> Self {
        let modules: BTreeSet<Module> = files.iter().map(|(file, _)| module_of(file)).collect();
        let mut named = BTreeMap::new();
        let mut imported = BTreeMap::new();
        let mut tests: Vec<Module> = Vec::new();
        for (file, text) in files {
            let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let mut reader = Reader {
                module: module_of(file),
                children: BTreeSet::new(),
                paths: BTreeSet::new(),
                imported: BTreeMap::new(),
                is_inside: false,
            };
            for item in &parsed.items {
                if let syn::Item::Mod(child) = item {
                    reader.children.insert(child.ident.to_string());
                    if is_test(&child.attrs) {
                        tests.push([reader.module.as_slice(), &[child.ident.to_string()]].concat());
                    }
                }
            }
            // Imports stand where they are wanted, and what they name is known before.
            for item in &parsed.items {
                if let syn::Item::Use(import) = item
                    && !is_test(&import.attrs)
                {
                    reader.import(&import.tree, &[]);
                }
            }
            reader.visit_file(&parsed);
            named.insert(reader.module.clone(), reader.paths);
            imported.insert(reader.module, reader.imported);
        }
        // The file in which something stands, whoever gives it on.
        let home = |path: &Module| -> Module {
            let mut path = path.clone();
            for _ in 0..MOST_STEPS {
                let known = (0..=path.len())
                    .rev()
                    .find(|end| modules.contains(&path[..*end]));
                let end = known.unwrap_or(0);
                let given_on = path
                    .get(end)
                    .and_then(|name| imported.get(&path[..end])?.get(name));
                match given_on {
                    Some(real) => path = [real.as_slice(), &path[end + 1..]].concat(),
                    None => return path[..end].to_vec(),
                }
            }
            panic!("{path:?} is given on in a circle")
        };
        let is_of_tests = |module: &Module| tests.iter().any(|tests| module.starts_with(tests));
        named.retain(|module, _| !is_of_tests(module));
        let edges = named.into_iter().map(|(module, paths)| {
            let mut homes: BTreeSet<Module> = paths.iter().map(home).collect();
            homes.remove(&module);
            homes.remove(&Module::new());
            (module, homes)
        });
        Self {
            edges: edges.collect(),
        }
    }

    /// Circles: modules each of which leads to all the others.
    pub fn circles(&self) -> Vec<BTreeSet<&Module>> {
        let reach = |start: &Module| -> BTreeSet<&Module> {
            let mut seen = BTreeSet::new();
            let mut next: Vec<&Module> = self.edges.get(start).into_iter().flatten().collect();
            while let Some(module) = next.pop() {
                if seen.insert(module) {
                    next.extend(self.edges.get(module).into_iter().flatten());
                }
            }
            seen
        };
        let reached: BTreeMap<&Module, BTreeSet<&Module>> = self
            .edges
            .keys()
            .map(|module| (module, reach(module)))
            .collect();
        let circles = reached
            .iter()
            .filter(|(module, all)| all.contains(**module));
        let circles = circles.map(|(module, all)| {
            let both = all.iter().filter(|other| {
                reached
                    .get(**other)
                    .is_some_and(|back| back.contains(*module))
            });
            both.copied().collect::<BTreeSet<&Module>>()
        });
        let distinct: BTreeSet<BTreeSet<&Module>> = circles.collect();
        distinct.into_iter().collect()
    }
}

#[test]
fn a_circle_is_found_through_what_is_given_on_and_through_macros() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let graph = Graph::of(&[
        file("lib.rs", "pub mod a; pub mod b;"),
        file("a/mod.rs", "mod x; mod y; pub use y::Thing;"),
        file("a/x.rs", "fn f() { g![crate::b::h(1)] }"),
        file(
            "a/y.rs",
            "pub struct Thing;\n#[cfg(test)]\nmod tests { use crate::a::x; }",
        ),
        file("b.rs", "use crate::a::{Thing, x};"),
    ]);
    let circles: Vec<Vec<String>> = graph
        .circles()
        .into_iter()
        .map(|circle| circle.iter().map(|module| module.join("::")).collect())
        .collect();
    assert_eq!(circles, [["a::x", "b"]]);
    let of = |module: &str| &graph.edges[&vec![module.to_owned()]];
    assert!(of("b").contains(&vec!["a".to_owned(), "y".to_owned()]));
}
