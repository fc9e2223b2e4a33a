// SPDX-License-Identifier: BSD-2-Clause
//
// The test vectors of RFC 8439.

#include "modules/chacha/chacha.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

std::vector<uint8_t> Hex(const std::string& text) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::vector<uint8_t> Block(const std::vector<uint8_t>& key, uint32_t counter,
                           const std::vector<uint8_t>& nonce) {
  std::vector<uint8_t> out(CHACHA_BLOCK_BYTES);
  chacha_block(key.data(), counter, nonce.data(), out.data());
  return out;
}

const std::vector<uint8_t> kCountingKey =
    Hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

// Section 2.3.2.
TEST(ChaCha, Block) {
  EXPECT_EQ(Block(kCountingKey, 1, Hex("000000090000004a00000000")),
            Hex("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
                "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"));
}

// Appendix A.1, test vectors 1, 2 and 5.
TEST(ChaCha, BlocksOfTheAppendix) {
  const std::vector<uint8_t> zero_key(32, 0), zero_nonce(12, 0);
  EXPECT_EQ(Block(zero_key, 0, zero_nonce),
            Hex("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
                "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"));
  EXPECT_EQ(Block(zero_key, 1, zero_nonce),
            Hex("9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
                "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"));
  EXPECT_EQ(Block(zero_key, 0, Hex("000000000000000000000002")),
            Hex("c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
                "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"));
}

// Section 2.4.2.
TEST(ChaCha, Encryption) {
  const std::string text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
      "future, sunscreen would be it.";
  const auto nonce = Hex("000000000000004a00000000");
  std::vector<uint8_t> data(text.begin(), text.end());
  chacha_xor(kCountingKey.data(), 1, nonce.data(), data.data(), data.data(), data.size());
  EXPECT_EQ(data, Hex("6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
                      "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
                      "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
                      "5af90bbf74a35be6b40b8eedf2785e42874d"));
  // Applied again it is undone; what does not end with a block is cut.
  chacha_xor(kCountingKey.data(), 1, nonce.data(), data.data(), data.data(), data.size());
  EXPECT_EQ(std::string(data.begin(), data.end()), text);
}

}  // namespace
