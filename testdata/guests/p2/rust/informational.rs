// This file is an HTTP service that sends two responses before its response: a
// 103 with a header link, and a 102. Then it answers with what came of each,
// and of a third, whose status is not that of an informational response.
//
// build: --crate-type cdylib
// world: informational

#[path = "lib/web.rs"]
mod web;

use wasip2::http::types::{Fields, IncomingRequest, ResponseOutparam};

#[link(wasm_import_module = "wasi:http/types@0.2.12")]
unsafe extern "C" {
    #[link_name = "[method]response-outparam.send-informational"]
    fn send_informational(out: u32, status: u32, headers: u32, result: *mut [u64; 8]);
}

fn inform(out: &ResponseOutparam, status: u16, headers: Fields) -> &'static str {
    let mut result = [0u64; 8];
    unsafe { send_informational(out.handle(), u32::from(status), headers.take_handle(), &mut result) };
    if result[0] as u8 == 0 { "ok" } else { "refused" }
}

struct Service;

wasip2::http::proxy::export!(Service);

impl wasip2::exports::http::incoming_handler::Guest for Service {
    fn handle(_request: IncomingRequest, out: ResponseOutparam) {
        let links = web::fields(&[("link", "</style.css>; rel=preload")]).expect("a header");
        let results = [
            inform(&out, 103, links),
            inform(&out, 102, Fields::new()),
            inform(&out, 200, Fields::new()),
        ];
        web::answer(out, 200, &format!("{}\n", results.join(" ")));
    }
}
