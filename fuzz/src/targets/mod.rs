//! Every parser that reads what strangers send, each with examples, words of its format, and a function that answers in words.

mod documents;
mod tokens;
mod wire;

/// A parser under fire.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Good inputs, to be changed.
    pub(crate) examples: Vec<Vec<u8>>,
    /// Words of the format.
    pub(crate) words: Vec<&'static str>,
    /// What stands before repeated words when growth is watched.
    pub(crate) starts: Vec<&'static str>,
    /// Reads an input, and says what became of it. The same input gets the same answer.
    pub(crate) run: Run,
}

/// A parser and what it says.
type Run = Box<dyn Fn(&[u8]) -> String>;

impl Target {
    fn new(name: &'static str, run: impl Fn(&[u8]) -> String + 'static) -> Self {
        Self { name, examples: Vec::new(), words: Vec::new(), starts: vec![""], run: Box::new(run) }
    }

    /// A parser of text: bytes that are not UTF-8 are replaced, as the server does with them.
    pub(crate) fn of_text(name: &'static str, run: impl Fn(&str) -> String + 'static) -> Self {
        Self::new(name, move |input| run(&String::from_utf8_lossy(input)))
    }

    fn examples<T: AsRef<[u8]>>(mut self, examples: impl IntoIterator<Item = T>) -> Self {
        self.examples.extend(examples.into_iter().map(|example| example.as_ref().to_vec()));
        self
    }

    fn words(mut self, words: &[&'static str]) -> Self {
        self.words.extend(words);
        self
    }

    fn starts(mut self, starts: &[&'static str]) -> Self {
        self.starts.extend(starts);
        self
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Target> {
    let mut all = tokens::all();
    all.extend(wire::all());
    all.extend(documents::all());
    all
}

/// What became of it, in words.
fn said<T, E: std::fmt::Debug>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "read".to_owned(),
        Err(fault) => format!("{fault:?}"),
    }
}
