//! Commands for pods.

use crate::types::ExecutePodCommands;

impl ExecutePodCommands {
    /// One command: a program and its arguments. Several are given to [`new`](Self::new), each as a list.
    ///
    /// A plain list of texts, array or `Vec`, becomes the same:
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
