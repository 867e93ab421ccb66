using System.Collections.Immutable;
using Fed.Crypto.SelfTest;

namespace Fed.Crypto.Tests.SelfTest;

public sealed class CryptoSelfTestTests
{
    private static readonly ImmutableArray<SelfTestResult> Results = CryptoSelfTest.Run();

    public static TheoryData<string> Names => [.. Results.Select(static r => r.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Known_answers_come_out(string name) => Assert.Null(Results.Single(r => r.Name == name).Fault);

    [Fact]
    public void Every_part_has_a_known_answer() => Assert.All(
        ["AES-256", "BLAKE2b", "BLAKE2Xb", "SHAKE256", "expansion", "transform, integer", "transform, fastest", "key pair", "packed sum from", "altered", "opened by two of three", "masks in counter mode", "one dropped out"],
        static part => Assert.Contains(Results, r => r.Name.Contains(part, StringComparison.Ordinal)));

    [Fact]
    public void A_wrong_answer_is_told_with_both_hashes() =>
        Assert.Equal("SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, expected 00", CryptoSelfTest.Compare([], "00"));
}
