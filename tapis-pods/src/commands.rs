//! Commands for pods.

use crate::types::ExecutePodCommands;

impl ExecutePodCommands {
    /// Creates one command: a program and its arguments. For several commands, use [`new`](Self::new)
    /// with a list for each.
    ///
    /// An array or `Vec` of strings is converted to one command too:
    ///
    /// ```no_run
    /// # async fn example(pods: tapis_pods::Client) -> Result<(), tapis_core::Error> {
    /// let listed = pods.exec_pod_commands("mydb", ["ls", "-l"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn command(words: impl IntoIterator<Item: Into<String>>) -> Self {
        Self::new([words.into_iter().map(Into::into).collect::<Vec<String>>()])
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for ExecutePodCommands {
    fn from(words: [S; N]) -> Self {
        Self::command(words)
    }
}

impl<S: Into<String>> From<Vec<S>> for ExecutePodCommands {
    fn from(words: Vec<S>) -> Self {
        Self::command(words)
    }
}
