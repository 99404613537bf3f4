//! From a trait of endpoints to a client and the way to its handler.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Error, Expr, ExprLit, FnArg, Ident, ItemTrait, Lit, Meta, MetaNameValue, Pat, Result, ReturnType, TraitItem,
    TraitItemFn, Type, parse2, spanned::Spanned as _,
};

/// One method of the trait.
struct Endpoint<'a> {
    name: &'a Ident,
    docs: Vec<&'a syn::Attribute>,
    path: String,
    request: &'a Type,
    output: &'a Type,
}

pub fn bridge(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let prefix = prefix(arguments)?;
    let mut block: ItemTrait = parse2(item)?;
    let endpoints: Vec<Endpoint<'_>> = block.items.iter().map(|item| endpoint(item, &prefix)).collect::<Result<_>>()?;
    if endpoints.is_empty() {
        return Err(Error::new(block.ident.span(), "a bridge has at least one endpoint"));
    }
    let arms = endpoints.iter().map(|Endpoint { name, path, .. }| {
        quote! { #path => ::wasmoat::bridge::answer(request, |request| self.#name(ctx, request)), }
    });
    let answer: TraitItem = parse2(quote! {
        /// Answers a call: what the hook `execute_bridge_call` returns. 404 for an endpoint that is
        /// none of these.
        fn answer(
            &self,
            ctx: &::wasmoat::types::PluginContext,
            method: &str,
            request: &[u8],
        ) -> ::wasmoat::Result<::std::vec::Vec<u8>> {
            match method {
                #(#arms)*
                _ => ::core::result::Result::Err(::wasmoat::bridge::no_endpoint(method)),
            }
        }
    })?;
    let client = client(&block, &endpoints);
    block.items.push(answer);
    Ok(quote! { #block #client })
}

fn client(block: &ItemTrait, endpoints: &[Endpoint<'_>]) -> TokenStream {
    let name = format_ident!("{}Client", block.ident);
    let visibility = &block.vis;
    let docs = format!("Calls the endpoints of [`{}`] in another plugin.", block.ident);
    let paths = endpoints.iter().map(|endpoint| &endpoint.path);
    let methods = endpoints.iter().map(|Endpoint { name, docs, path, request, output }| {
        quote! {
            #(#docs)*
            ///
            /// # Errors
            ///
            /// Where the other plugin gives no answer, or another one.
            #visibility fn #name(&self, request: &#request) -> #output {
                ::wasmoat::bridge::call(self.plugin_id, #path, request)
            }
        }
    });
    quote! {
        #[doc = #docs]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #name<'a> {
            plugin_id: &'a str,
        }

        impl<'a> #name<'a> {
            /// The endpoints, as callers name them.
            #visibility const ENDPOINTS: &'static [&'static str] = &[#(#paths),*];

            /// The client of a plugin.
            #[must_use]
            #visibility const fn of(plugin_id: &'a str) -> Self {
                Self { plugin_id }
            }

            #(#methods)*
        }
    }
}

/// The path in `#[wasmoat::bridge(prefix = "/api/v1")]`.
fn prefix(arguments: TokenStream) -> Result<String> {
    let span = arguments.span();
    if let Ok(Meta::NameValue(MetaNameValue { path, value, .. })) = parse2(arguments)
        && path.is_ident("prefix")
        && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = value
        && text.value().starts_with('/')
        && !text.value().ends_with('/')
    {
        return Ok(text.value());
    }
    Err(Error::new(span, "expected `prefix = \"/api/v1\"`: what all endpoints begin with, their version in it"))
}

fn endpoint<'a>(item: &'a TraitItem, prefix: &str) -> Result<Endpoint<'a>> {
    let TraitItem::Fn(function) = item else {
        return Err(Error::new(item.span(), "a bridge has endpoints only, which are functions"));
    };
    let expected = "expected `fn name(&self, ctx: &PluginContext, request: …) -> wasmoat::Result<…>`";
    let [FnArg::Receiver(_), FnArg::Typed(_), FnArg::Typed(request)] = inputs(function)[..] else {
        return Err(Error::new(function.sig.span(), expected));
    };
    let ReturnType::Type(_, output) = &function.sig.output else {
        return Err(Error::new(function.sig.span(), expected));
    };
    if !matches!(&*request.pat, Pat::Ident(_)) || function.default.is_some() {
        return Err(Error::new(function.sig.span(), expected));
    }
    let name = &function.sig.ident;
    Ok(Endpoint {
        name,
        docs: function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).collect(),
        path: format!("{prefix}/{}", name.to_string().trim_start_matches("r#").replace('_', "-")),
        request: &request.ty,
        output,
    })
}

fn inputs(function: &TraitItemFn) -> Vec<&FnArg> {
    function.sig.inputs.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(arguments: TokenStream, item: TokenStream) -> std::result::Result<String, String> {
        bridge(arguments, item).map(|tokens| tokens.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_method_is_an_endpoint_of_its_name() {
        let made = expand(
            quote! { prefix = "/api/v1" },
            quote! { pub trait Polls { fn cast_vote(&self, ctx: &PluginContext, vote: Vote) -> Result<Poll>; } },
        );
        let made = made.unwrap();
        assert!(made.contains("\"/api/v1/cast-vote\"") && made.contains("PollsClient"), "{made}");
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        let good = quote! { prefix = "/v1" };
        for (arguments, item, text) in [
            (quote! {}, quote! { trait A { fn a(&self, ctx: &C, r: R) -> Result<R>; } }, "prefix"),
            (quote! { prefix = "v1" }, quote! { trait A { fn a(&self, ctx: &C, r: R) -> Result<R>; } }, "prefix"),
            (good.clone(), quote! { trait A {} }, "at least one"),
            (good.clone(), quote! { trait A { fn a(&self) -> Result<R>; } }, "expected `fn name"),
            (good.clone(), quote! { trait A { fn a(&self, ctx: &C, r: R); } }, "expected `fn name"),
            (good, quote! { trait A { type B; } }, "endpoints only"),
        ] {
            let error = expand(arguments, item).unwrap_err();
            assert!(error.contains(text), "{error}");
        }
    }
}
