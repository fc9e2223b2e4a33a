// SPDX-License-Identifier: BSD-2-Clause
//
// version_stub MAP OUTPUT: writes assembly that defines every name a version script exports, so
// that linking it with the same script gives a shared object which says what an image exports and
// holds nothing. Modules are linked against such a stub: ld takes no PIE as an input.
//
// The script's grammar (binutils, "VERSION Command") without wildcards and extern blocks: an
// exported name of a KPI is spelled out. A name is a function unless a comment follows it that
// says otherwise: `name;  /* object 8 */` is data of 8 bytes. A name that occurs in several
// nodes gets one definition for each, and the last node is the default.

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Token {
  std::string text;
  int line;
  bool comment;
};

struct Export {
  std::string name;
  std::string node;
  unsigned long object_bytes = 0;  // 0: a function
};

[[noreturn]] void Fail(const std::string& file, int line, const std::string& what) {
  std::cerr << file << ":" << line << ": " << what << "\n";
  std::exit(1);
}

std::vector<Token> Tokenise(const std::string& file, const std::string& text) {
  std::vector<Token> tokens;
  int line = 1;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++i;
    } else if (c == '#') {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (text.compare(i, 2, "/*") == 0) {
      const size_t end = text.find("*/", i + 2);
      if (end == std::string::npos) Fail(file, line, "comment without end");
      const std::string body = text.substr(i + 2, end - i - 2);
      tokens.push_back({body, line, true});
      for (const char inside : body) line += inside == '\n';
      i = end + 2;
    } else if (c == '{' || c == '}' || c == ';') {
      tokens.push_back({std::string(1, c), line, false});
      ++i;
    } else {
      size_t end = i;
      while (end < text.size() && std::isspace(static_cast<unsigned char>(text[end])) == 0 &&
             text[end] != '{' && text[end] != '}' && text[end] != ';') {
        ++end;
      }
      tokens.push_back({text.substr(i, end - i), line, false});
      i = end;
    }
  }
  return tokens;
}

class Parser {
 public:
  Parser(std::string file, const std::string& text)
      : file_(std::move(file)), tokens_(Tokenise(file_, text)) {}

  std::vector<Export> Parse() {
    while (SkipComments(), at_ < tokens_.size()) Node();
    return exports_;
  }

 private:
  void SkipComments() {
    while (at_ < tokens_.size() && tokens_[at_].comment) ++at_;
  }

  const Token& Next(const char* what) {
    SkipComments();
    if (at_ >= tokens_.size()) {
      Fail(file_, tokens_.empty() ? 1 : tokens_.back().line, std::string("expected ") + what);
    }
    return tokens_[at_++];
  }

  void Expect(const char* text) {
    const Token& token = Next(text);
    if (token.text != text) {
      Fail(file_, token.line, "expected `" + std::string(text) + "', not `" + token.text + "'");
    }
  }

  // NODE { global: a; b; local: *; } [PARENT]... ;
  // `{ local: *; };` is the anonymous node: it exports nothing with a version.
  void Node() {
    Token token = Next("a version node");
    std::string node;
    if (token.text != "{") {
      node = token.text;
      Expect("{");
    }
    bool global = true;
    for (token = Next("a symbol or `}'"); token.text != "}"; token = Next("a symbol or `}'")) {
      std::string name = token.text;
      if (name == "global:" || name == "local:") {
        global = name == "global:";
        continue;
      }
      if (name == "global" || name == "local") {
        Expect(":");
        global = name == "global";
        continue;
      }
      Expect(";");
      if (global) AddExport(name, node, token.line);
    }
    while (Next("`;'").text != ";") {
    }
  }

  void AddExport(const std::string& name, const std::string& node, int line) {
    for (const char c : name) {
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '$' && c != '.') {
        Fail(file_, line, "`" + name + "': exported names are spelled out, without patterns");
      }
    }
    Export exported{name, node};
    if (at_ < tokens_.size() && tokens_[at_].comment && tokens_[at_].line == line) {
      std::istringstream words(tokens_[at_].text);
      std::string kind;
      if (words >> kind && kind == "object" &&
          !(words >> exported.object_bytes && exported.object_bytes != 0)) {
        Fail(file_, line, "`" + name + "': an object needs its size in bytes");
      }
    }
    exports_.push_back(exported);
  }

  std::string file_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  std::vector<Export> exports_;
};

void Write(std::ostream& out, const std::vector<Export>& exports) {
  std::map<std::string, std::vector<size_t>> nodes_of;
  for (size_t i = 0; i < exports.size(); ++i) nodes_of[exports[i].name].push_back(i);
  for (size_t i = 0; i < exports.size(); ++i) {
    const Export& exported = exports[i];
    const auto& same = nodes_of[exported.name];
    std::string label = exported.name;
    if (same.size() > 1) {
      label = "stub" + std::to_string(i);
      out << ".symver " << label << ", " << exported.name << (same.back() == i ? "@@" : "@")
          << exported.node << "\n";
    }
    const bool object = exported.object_bytes != 0;
    const unsigned long bytes = object ? exported.object_bytes : 4;
    out << (object ? ".section .bss\n.balign 16\n" : ".text\n.balign 4\n");
    out << ".globl " << label << "\n.type " << label << ", " << (object ? "STT_OBJECT" : "STT_FUNC")
        << "\n.size " << label << ", " << bytes << "\n"
        << label << ":\n.skip " << bytes << "\n";
  }
  out << ".section .note.GNU-stack, \"\", %progbits\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: version_stub MAP OUTPUT\n";
    return 2;
  }
  std::ifstream in(argv[1]);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) Fail(argv[1], 0, "cannot read");
  const std::vector<Export> exports = Parser(argv[1], text.str()).Parse();
  std::ofstream out(argv[2]);
  Write(out, exports);
  out.flush();
  if (!out) Fail(argv[2], 0, "cannot write");
  return 0;
}
