//! From the author's impl block to the component's exports.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Error, Expr, ExprLit, Ident, ImplItem, ItemImpl, Lit, Meta, MetaNameValue, Result, parse2, spanned::Spanned as _,
};

use crate::{hooks, manifest};

const DEFAULT_MANIFEST: &str = "plugin.json";

pub fn plugin(arguments: &TokenStream, item: TokenStream) -> Result<TokenStream> {
    let manifest = manifest_argument(arguments.clone())?;
    let block: ItemImpl = parse2(item)?;
    check_header(&block)?;
    let implemented = implemented_hooks(&block)?;
    let manifest = manifest::check(&manifest).map_err(|reason| {
        let span = if arguments.is_empty() { block.self_ty.span() } else { arguments.span() };
        Error::new(span, reason)
    })?;
    let manifest = manifest.to_string_lossy();
    let plugin = &block.self_ty;

    Ok(quote! {
        #block

        impl ::wasmoat::Component for #plugin {
            const MANIFEST: &'static str = ::core::include_str!(#manifest);

            fn with_instance<R>(call: impl ::core::ops::FnOnce(&Self) -> R) -> R {
                ::std::thread_local! {
                    static INSTANCE: #plugin = ::core::default::Default::default();
                }
                INSTANCE.with(call)
            }
        }

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "exporting a function by name and naming a section are unsafe attributes")]
        const _: () = {
            #[used]
            #[unsafe(link_section = "mattermost:manifest")]
            static MANIFEST: [u8; ::core::include_bytes!(#manifest).len()] =
                *::core::include_bytes!(#manifest);

            type Exports = ::wasmoat::__private::Exports<#plugin>;
            #(
                ::wasmoat::__private::hooks::#implemented::export!(
                    Exports with_types_in ::wasmoat::__private::hooks::#implemented
                );
            )*
        };
    })
}

/// The path in `#[wasmoat::plugin(manifest = "…")]`.
fn manifest_argument(arguments: TokenStream) -> Result<String> {
    if arguments.is_empty() {
        return Ok(DEFAULT_MANIFEST.into());
    }
    let span = arguments.span();
    if let Ok(Meta::NameValue(MetaNameValue { path, value, .. })) = parse2(arguments)
        && path.is_ident("manifest")
        && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = value
    {
        return Ok(text.value());
    }
    Err(Error::new(span, "expected nothing, or `manifest = \"path of plugin.json\"`"))
}

fn check_header(block: &ItemImpl) -> Result<()> {
    let right = block.trait_.as_ref().is_some_and(|(negative, path, _)| {
        negative.is_none() && path.segments.last().is_some_and(|segment| segment.ident == "Plugin")
    });
    if !right {
        return Err(Error::new(block.self_ty.span(), "expected `impl Plugin for …`"));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new(block.generics.span(), "a plugin has no type parameters"));
    }
    Ok(())
}

/// The hooks in the block. Exports follow from their names, so a name that is none is an error
/// here, where the nearest can be offered; their signatures are checked by rustc.
fn implemented_hooks(block: &ItemImpl) -> Result<Vec<Ident>> {
    let mut found = Vec::new();
    let mut problems: Option<Error> = None;
    for item in &block.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        let name = &function.sig.ident;
        if hooks::exists(&name.to_string()) {
            found.push(name.clone());
            continue;
        }
        let nearest: Vec<String> = hooks::nearest(&name.to_string()).iter().map(|hook| format!("`{hook}`")).collect();
        let problem = Error::new(
            name.span(),
            format!(
                "`{name}` is not a hook; the nearest are {}. A function of your own belongs in \
                 another impl block",
                nearest.join(", ")
            ),
        );
        match &mut problems {
            Some(problems) => problems.combine(problem),
            None => problems = Some(problem),
        }
    }
    match problems {
        Some(problems) => Err(problems),
        None if found.is_empty() => Err(Error::new(block.self_ty.span(), "a plugin implements at least one hook")),
        None => Ok(found),
    }
}
