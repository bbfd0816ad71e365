//! Findings as one line each, as compilers print them and editors read them.

use crate::diagnostic::Diagnostic;

/// Returns `PATH:LINE:COLUMN: SEVERITY[CODE]: MESSAGE`, with the other places behind it.
pub(crate) fn line(finding: &Diagnostic) -> String {
    let place = &finding.place;
    let mut line = format!(
        "{}:{}:{}: {}[{}]: {}",
        place.path().display(),
        place.line(),
        place.column(),
        finding.severity.as_str(),
        finding.code,
        finding.message,
    );
    for (at, label) in finding.labels.iter().enumerate() {
        let path = label.place.path().display();
        line.push_str(if at == 0 { " (" } else { ", " });
        line.push_str(&format!("{path}:{}", label.place.line()));
    }
    if !finding.labels.is_empty() {
        line.push(')');
    }
    line
}
