//! Texts of the user's in scripts and notebooks: the programs that read these read back what was
//! written, and run none of it.

use crate::common::{Folder, json};
use quenched::ask::{in_comment, in_parallel, in_python, in_shell};
use std::process::{Command, Stdio};

/// What means something to a shell, to GNU parallel, to Python or to a terminal.
const PIECES: [&str; 73] = [
    "a",
    "Z",
    "0",
    "9",
    "_",
    "-",
    "--",
    ".",
    "/",
    ",",
    ":",
    "+",
    "@",
    "%",
    "%%",
    "=",
    "==",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "\\",
    "\\\\",
    "\\n",
    "\\N{DASH}",
    "$",
    "$(touch PWN)",
    "`touch PWN`",
    "${HOME}",
    ";",
    ";touch PWN;",
    "&",
    "|",
    "<",
    ">",
    "<(",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{}",
    "{.}",
    "{#}",
    "{%}",
    "{1}",
    "{= system(q(touch PWN)) =}",
    "{=",
    "=}",
    "ï<",
    "ï<system(q(touch PWN))ï>",
    "ï>",
    "!",
    "!!",
    "?",
    "*",
    "~",
    "#",
    "^",
    " ",
    "\t",
    "\n",
    "\r",
    "\u{b}",
    "\u{c}",
    "\u{1c}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{2029}",
    "\u{202e}",
    "\u{feff}",
];
const MORE: [&str; 4] = ["é", "日本", "\u{1f600}", "\u{e0001}"];

/// Random texts of these, the same in each run.
fn texts(count: usize) -> Vec<String> {
    let mut state = 7_u64;
    let mut random = move |below: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let pieces: Vec<&str> = PIECES.into_iter().chain(MORE).collect();
    let mut all: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
    all.push(String::new());
    while all.len() < count {
        let length = 1 + random(8);
        all.push((0..length).map(|_| pieces[random(pieces.len())]).collect());
    }
    all
}

/// How many texts: more of them with QUENCHED_TEST_TEXTS.
fn count() -> usize {
    let asked = std::env::var("QUENCHED_TEST_TEXTS").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(2000)
}

/// Runs a script in the folder, and returns what it printed; none where there is no such program.
fn printed(folder: &Folder, program: &str, script: &str) -> Option<Vec<u8>> {
    folder.write("script", script);
    let mut command = Command::new(program);
    command.arg("script").current_dir(&folder.0);
    let output = command.stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    assert_eq!(said, "", "{program}");
    assert_eq!(folder.entries(), ["script"], "{program}");
    Some(output.stdout)
}

fn assert_same(program: &str, printed: &[u8], texts: &[String]) {
    let read: Vec<&[u8]> = printed.split(|byte| *byte == 0).collect();
    assert_eq!(read.len(), texts.len() + 1, "{program}");
    for (read, text) in read.iter().zip(texts) {
        assert_eq!(String::from_utf8_lossy(read), *text, "{program}");
    }
}

#[test]
fn shells_read_back_every_word() {
    let folder = Folder::new("quoting-shell");
    let texts = texts(count());
    let mut script = String::new();
    for text in &texts {
        script += &format!("printf '%s\\0' {} # {}\n", in_shell(text), in_comment(text));
    }
    for shell in ["sh", "dash", "bash", "zsh", "ksh", "busybox-sh"] {
        if let Some(printed) = printed(&folder, shell, &script) {
            assert_same(shell, &printed, &texts);
        }
    }
}

#[test]
fn parallel_reads_back_every_word() {
    let folder = Folder::new("quoting-parallel");
    let known = Command::new("parallel").arg("--version").output();
    if !known.is_ok_and(|output| output.status.success()) {
        eprintln!("not tried: GNU parallel is not installed");
        return;
    }
    for texts in texts(count()).chunks(200) {
        let words: Vec<String> = texts.iter().map(|text| in_parallel(text)).collect();
        let script = format!(
            "export PARALLEL_SHELL=/bin/sh\nparallel printf {} {} ';:' {{}} ::: 1\n",
            in_parallel("%s\\0"),
            words.join(" ")
        );
        // The last words part the command from what parallel would add.
        let script = script.replace(" ';:' {}", " '; : {}'");
        if let Some(printed) = printed(&folder, "sh", &script) {
            assert_same("parallel", &printed, texts);
        }
    }
}

#[test]
fn python_reads_back_every_text() {
    let folder = Folder::new("quoting-python");
    let texts = texts(count());
    let mut script = String::from("import sys\nall = []\n");
    for text in &texts {
        script += &format!("all.append({}) # {}\n", in_python(text), in_comment(text));
    }
    script += "sys.stdout.buffer.write(b''.join(text.encode() + b'\\0' for text in all))\n";
    if let Some(printed) = printed(&folder, "python3", &script) {
        assert_same("python3", &printed, &texts);
    }
}

/// A recipe with a text of the user's in every place that has one.
fn recipe(text: &str) -> String {
    let text = json_string(text);
    format!(
        "title = {text}\ncaption = {text}\n[notebook]\ntext = {text}\n[data.a]\nfile = \"a.csv\"\n\
         [[panel]]\ntitle = {text}\nx = {{ label = {text} }}\ny = {{ label = {text} }}\n\
         [[panel.curve]]\ndata = \"a\"\nx = \"x\"\ny = \"y\"\nlabel = {text}\n\
         [[panel.curve]]\ndata = \"a\"\nx = \"x\"\ny = \"y\"\nsplit_by = \"class\"\n\
         [[panel.text]]\ntext = {text}\nat = [1, 1]\n"
    )
}

/// A text as TOML takes it.
fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out + "\""
}

#[test]
fn nothing_of_a_recipe_becomes_code_in_its_notebook() {
    let folder = Folder::new("quoting-notebook");
    for text in [
        "a\rimport os; os.system('touch PWN')#",
        "a\u{85}import os\u{2028}import os\u{2029}\u{b}\u{c}\u{1c}open('PWN','w')",
        "\"\"\"\nopen('PWN', 'w')\n\"\"\"",
        "<img src=x onerror=alert(1)> <script>x</script> </details>",
        "```\n<script>x</script>\n```",
        "'+open('PWN','w')+'",
        "{open('PWN','w')}",
        "\\",
    ] {
        let name = format!("{}.toml", "n;touch PWN;`x`<b>");
        folder.write(&name, &recipe(text));
        folder.write(
            "a.csv",
            "x,y,class,word,secret\n1,1,a,b,hidden-word\n2,2,b,c,hidden-word\n",
        );
        let ran = folder.run_args(&["notebook", &name, "--no-execute", "-o", "."]);
        if ran.code == 2 {
            // No label of a figure is like that, and nothing was written.
            ran.assert_refused(2, &["label"]);
            continue;
        }
        assert_eq!(ran.code, 0, "{text:?}: {}", ran.stderr);
        let file = format!("{}.ipynb", "n;touch PWN;`x`<b>");
        let notebook = json(&folder.read(&file));
        let mut code = String::new();
        for cell in notebook["cells"].as_array().unwrap() {
            let lines = cell["source"].as_array().unwrap();
            let source: String = lines.iter().map(|line| line.as_str().unwrap()).collect();
            assert!(!source.contains("hidden-word"), "{source}");
            if cell["cell_type"] == "code" {
                code += &source;
                code.push('\n');
            } else {
                // Code between fences is shown, not read.
                let fenced = source.split("\n```").step_by(2).collect::<String>();
                let fenced = fenced.replace("`` n;touch PWN;`x`<b>.toml ``", "");
                for tag in ["<img", "<script", "<b>", "</details> "] {
                    assert!(!fenced.contains(tag), "{tag} in {fenced}");
                }
            }
        }
        // Every statement is one that the notebook has for harmless texts too.
        let check = "import ast, sys\n\
                     tree = ast.parse(open('code.py', newline='').read())\n\
                     calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}\n\
                     imports = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]\n\
                     assert 'open' not in calls and 'os' not in imports, (calls, imports)\n";
        folder.write("code.py", &code);
        folder.write("check.py", check);
        let python = Command::new("python3")
            .arg("check.py")
            .current_dir(&folder.0)
            .output();
        if let Ok(output) = python {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{text:?}: {said}");
        }
        assert!(!folder.file("PWN").exists());
        std::fs::remove_file(folder.file(&file)).unwrap();
    }
}
