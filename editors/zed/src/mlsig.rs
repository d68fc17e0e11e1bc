//! Starts `mlsig lsp`: the program that the settings of Zed name, or the one on PATH.

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{self as zed, Command, LanguageServerId, Result, Worktree};

struct Mlsig;

impl zed::Extension for Mlsig {
    fn new() -> Self {
        Mlsig
    }

    fn language_server_command(&mut self, server: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let configured = LspSettings::for_worktree(server.as_ref(), worktree)
            .ok()
            .and_then(|settings| settings.binary);
        if let Some(binary) = configured {
            if let Some(command) = binary.path {
                let args = binary.arguments.unwrap_or_else(|| vec!["lsp".into()]);
                return Ok(Command { command, args, env: worktree.shell_env() });
            }
        }
        let command = worktree.which("mlsig").ok_or(
            "there is no `mlsig` on PATH: pip install \"mlsig[lsp]\", or set lsp.mlsig.binary.path in Zed's settings",
        )?;
        Ok(Command { command, args: vec!["lsp".into()], env: worktree.shell_env() })
    }
}

zed::register_extension!(Mlsig);
