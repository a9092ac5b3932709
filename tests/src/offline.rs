//! A core that works offline.

use recado_core::view::Connection;

use crate::{CoreClient, wait};

impl CoreClient {
    /// Switches the connection off, and waits until it is.
    pub async fn go_offline(&self) {
        self.client.set_work_offline(true).await.expect("the core runs");
        wait::until("switched off", async || match self.client.connection().await {
            Ok(Connection::WorkingOffline) => Ok(()),
            other => Err(other),
        })
        .await;
    }
}
