//! `recado-server`: everything is in the library.

fn main() -> std::process::ExitCode {
    recado_server::cli::run()
}
