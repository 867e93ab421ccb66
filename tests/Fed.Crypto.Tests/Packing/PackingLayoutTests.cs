using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Fed.Crypto.Packing;
using Fed.Vectors;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Packing;

public sealed partial class PackingLayoutTests
{
    private static readonly PackingJob Job = new(Summands: 64, KeyHolders: 64, Rounds: 100, Attempts: 3);

    private static readonly VectorSchema Training = VectorSchema.Create(
        new Segment("w1", [300, 200], SegmentKind.Training, 16, 10, GridRounding.Stochastic, Weighted: true),
        new Segment("b1", [200], SegmentKind.Training, 16, 8, GridRounding.Stochastic, Weighted: true),
        new Segment("samples", [1], SegmentKind.Count, 24, 0, GridRounding.Nearest, Weighted: false));

    [GeneratedRegex(@"widest grid that fits has (?<bits>\d+) bits; at (?<asked>\d+) bits the most summands that fit are (?<summands>\d+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Fitting { get; }

    [Fact]
    public void Neighbours_of_equal_bits_share_coefficients_and_counts_get_wider_fields()
    {
        PackingLayout layout = PackingLayout.Create(PackingProfile.SiloThreshold, Training, Job);
        Assert.Equal([(0, 60200, 22, 6, 0), (60200, 1, 30, 4, 10034), (60201, 1, 23, 6, 10035)], layout.Runs.Select(static r => (r.FirstValue, r.Length, r.Width, r.Fields, r.FirstCoefficient)));
        Assert.Equal((10036, 2), (layout.Coefficients, layout.Ciphertexts));
        Assert.Equal(2 * 8192, layout.Proof.Coefficients);
    }

    /// <summary>Primes, bounds and both hashes were computed by a separate program in Python, from the formulas of docs/crypto.md.</summary>
    [Fact]
    public void Layout_and_hash_are_the_same_at_every_site_and_for_ever()
    {
        Assert.Equal("d8fda77206878b423518a50fa8319219fab8b6b2b1bbf9f69fefd6a5d60c37e8", Convert.ToHexStringLower(PackingProfile.SiloThreshold.Hash.AsSpan()));
        PackingLayout layout = PackingLayout.Create(PackingProfile.SiloThreshold, Training, Job);
        Assert.Equal(layout.Hash, PackingLayout.Create(PackingProfile.SiloThreshold, Training, Job).Hash);
        Assert.Equal(
            $"""
            fedactors/packing/1
            profile {Convert.ToHexStringLower(PackingProfile.SiloThreshold.Hash.AsSpan())}
            schema {Training.Hash}
            summands 64 holders 64 delta 51 bound 768012846450370 smudging 9600160580626
            values 0+60200 fields 6x22 |sum|<=2097088 coefficients 0+10034
            values 60200+1 fields 4x30 |sum|<=536870848 coefficients 10034+1
            values 60201+1 fields 6x23 |sum|<=4194240 coefficients 10035+1

            """,
            layout.ToString());
        Assert.Equal("dd9aa7c4d188226c28464f59e1146b7d4baa1565ebf4ab1bf0eddbf1d00621a8", Convert.ToHexStringLower(layout.Hash.AsSpan()));
    }

    [Fact]
    public void Whatever_changes_the_meaning_of_a_coefficient_changes_the_hash()
    {
        PackingLayout[] layouts =
        [
            PackingLayout.Create(PackingProfile.SiloThreshold, Training, Job),
            PackingLayout.Create(PackingProfile.FastSymmetric, Training, Job),
            PackingLayout.Create(PackingProfile.SiloThreshold, Training, Job with { Summands = 63 }),
            PackingLayout.Create(PackingProfile.SiloThreshold, Training, Job with { KeyHolders = 3 }),
            PackingLayout.Create(PackingProfile.SiloThreshold, Training, Job with { NoiseMax = 1 }),
            PackingLayout.Create(PackingProfile.SiloThreshold, PackedSum.Schema((60200, 16), (1, 24), (1, 17)), Job),
        ];
        Assert.Equal(layouts.Length, layouts.Select(static l => Convert.ToHexString(l.Hash.AsSpan())).Distinct().Count());
    }

    [Fact]
    public void Pieces_of_all_ciphertexts_cover_every_value_and_coefficient_once() => Prop.ForAll<NonEmptyArray<(ushort Length, byte Bits)>>(static shape =>
    {
        PackingLayout layout = PackingLayout.Create(PackingProfile.FastSymmetric, PackedSum.Schema([.. shape.Get.Select(static s => (1 + s.Length, 2 + s.Bits % 50))]), Job);
        int value = 0;
        for (int c = 0; c < layout.Ciphertexts; c++)
        {
            ImmutableArray<PackingPiece> pieces = layout.PiecesOf(c);
            int coefficient = 0, first = value;
            foreach (PackingPiece piece in pieces)
            {
                Assert.Equal((coefficient, value), (piece.Start, piece.FirstValue));
                Assert.InRange(piece.Values, piece.Run is null ? 0 : ((piece.Count - 1) * piece.Run.Fields) + 1, piece.Count * (piece.Run?.Fields ?? 0));
                coefficient += piece.Count;
                value += piece.Values;
            }
            Assert.Equal(layout.Profile.N, coefficient);
            Assert.Equal((first, value - first), layout.ValuesOf(c));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.ValuesOf(layout.Ciphertexts));
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.PiecesOf(-1));
        return value == layout.Schema.Length;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(50));

    [Theory]
    [InlineData(50, 64)]
    [InlineData(30, 20_000)]
    public void What_does_not_fit_is_refused_with_the_widest_grid_and_the_most_summands_that_do(int bits, int summands)
    {
        PackingProfile narrow = PackingProfile.Create("narrow", 4096, [49, 49], isThreshold: true);
        CapacityExceededException e = Assert.Throws<CapacityExceededException>(() => Create(bits, summands));
        Assert.StartsWith($"segment 's0' of {bits} bits does not fit profile narrow over {summands} summands", e.Message, StringComparison.Ordinal);
        Match named = Fitting.Match(e.Message);
        Assert.True(named.Success, e.Message);
        int widest = Number("bits"), most = Number("summands");
        Assert.Equal(bits, Number("asked"));
        Create(widest, summands);
        Create(bits, most);
        Assert.Throws<CapacityExceededException>(() => Create(widest + 1, summands));
        Assert.Throws<CapacityExceededException>(() => Create(bits, most + 1));

        int Number(string group) => int.Parse(named.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
        PackingLayout Create(int b, int n) => PackingLayout.Create(narrow, PackedSum.Schema((100, b)), new PackingJob(n, 64));
    }

    [Fact]
    public void Sums_beyond_64_bits_are_refused() =>
        Assert.Contains("the widest grid that fits has 58 bits", Assert.Throws<CapacityExceededException>(() => PackingLayout.Create(PackingProfile.SiloThreshold, PackedSum.Schema((1, 63)), Job)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(4096, new[] { 49, 49, 49 }, "a modulus of 147 bits at N = 4096 is below 128-bit classical security: at most 109 bits are; choose smaller primes or a larger N")]
    [InlineData(8192, new[] { 60, 40 }, "a prime of 60 bits in profile x: at most 49 bits are served")]
    public void Profiles_that_are_weak_or_slow_are_refused(int n, int[] bits, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidParametersException>(() => PackingProfile.Create("x", n, bits, isThreshold: true)).Message);
}
