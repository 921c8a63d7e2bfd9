//! Twice the text in a variable is at most twice the work, whatever it says.

#[path = "../../../fuzz/work.rs"]
mod work;

use spanline_sdk::config::EnvSettings;

#[test]
fn of_reading_variables() {
    let same = |count: u32| "a=1,".repeat(count as usize);
    let different = |count: u32| (0..count).map(|n| format!("k{n}=v,")).collect();
    let commas = |count: u32| ",".repeat(count as usize);
    let escapes = |count: u32| format!("a={}", "%41".repeat(count as usize));
    let names = |count: u32| "b3,none,".repeat(count as usize);
    let inputs: [&dyn Fn(u32) -> String; 5] = [&same, &different, &commas, &escapes, &names];
    for (n, input) in inputs.iter().enumerate() {
        work::is_linear(&format!("text {n}"), 1_000, input, |text| {
            EnvSettings::read(|_| Some(text.into()));
        });
    }
}
