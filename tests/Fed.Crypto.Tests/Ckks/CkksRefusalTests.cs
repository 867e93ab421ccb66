using System.Collections.Immutable;
using System.Numerics;
using Fed.Crypto.Ckks;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Tests.Ckks;

/// <summary>What is refused, by which exception, and that the message names value and bound.</summary>
public sealed class CkksRefusalTests
{
    private static readonly CkksSetup Setup = CkksSetup.Get((4096, [36, 36, 37]));
    private static readonly CkksSetup Other = CkksSetup.Get((4096, [54, 55]));

    [Fact]
    public void Parameters_below_the_security_level_name_the_bound()
    {
        Assert.Equal(109, CoeffModulus.MaxBitCount(4096));
        Refused<InvalidParametersException>(() => Context(4096, null, 55, 55), "110", "109");
        Refused<InvalidParametersException>(() => Context(4096, SecurityLevel.Classical192, 54, 55), "109", "75");
        Refused<InvalidParametersException>(() => Context(4096, SecurityLevel.Classical256, 37, 38), "75", "58");
        Assert.Equal(SecurityLevel.Classical192, Context(4096, SecurityLevel.Classical192, 37, 38).SecurityLevel);
        Assert.Equal(SecurityLevel.Classical256, Context(4096, SecurityLevel.Classical256, 29, 29).SecurityLevel);
        Refused<InvalidParametersException>(() => Context(512, null, 20), "512", "1024");
        Refused<InvalidParametersException>(() => Context(65_536, null, 60), "65536", "32768");
    }

    [Fact]
    public void Primes_without_a_transform_and_repeated_ones_are_refused()
    {
        Modulus prime = CoeffModulus.Create(4096, 36)[0], other = new(65_537);
        Refused<InvalidParametersException>(() => new CkksContext(new EncryptionParameters(4096, [prime, prime])), prime.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Refused<InvalidParametersException>(() => new CkksContext(new EncryptionParameters(4096, [prime, new Modulus(1_000_003)])), "1000003", "8192");
        Assert.Equal(65_537UL, new CkksContext(new EncryptionParameters(4096, [other])).FirstContextData.Ring.Moduli[0].Value);   // 1 modulo 8192
        Refused<InvalidParametersException>(() => new EncryptionParameters(4095, [prime]), "4095");
        Refused<InvalidParametersException>(() => new EncryptionParameters(4096, ImmutableArray<Modulus>.Empty), "0", "64");
        Refused<InvalidParametersException>(() => CoeffModulus.Create(4096, new int[65]), "65", "64");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Numbers_that_are_not_finite_are_refused_with_their_slot(double value)
    {
        string text = $"{value}";
        Refused<CapacityExceededException>(() => Setup.Encoder.Encode([1.0, 2.0, value], Setup.Scale), "slot 2", text);
        Refused<CapacityExceededException>(() => Setup.Encoder.Encode([Complex.One, new Complex(0, value)], Setup.Scale), "slot 1", text);
        Refused<CapacityExceededException>(() => Setup.Encoder.Encode(value, Setup.Scale), text);
        Refused<CapacityExceededException>(() => Setup.Evaluator.WeightedSum([Setup.Encrypt([1.0])], [value], 4), text);
        Refused<CkksMismatchException>(() => Setup.Encoder.Encode([1.0], value), text);
    }

    [Fact]
    public void Numbers_and_scales_beyond_the_modulus_are_refused()
    {
        Refused<CapacityExceededException>(() => Setup.Encoder.Encode([1e17, 0], Math.ScaleB(1, 30)), "72");
        Refused<CapacityExceededException>(() => Setup.Encoder.Encode([double.MaxValue, double.MaxValue], Math.ScaleB(1, 30)), "72");
        Refused<CapacityExceededException>(() => Setup.Encoder.Encode(-1e15, Math.ScaleB(1, 30)), "72");
        Refused<CapacityExceededException>(() => Other.Encoder.Encode(long.MinValue), "54");
        Assert.Equal(-123_456_789.0, Other.Encoder.Decode(Other.Encoder.Encode(-123_456_789L))[7]);
        foreach (double scale in new[] { 0.0, -1.0, Math.ScaleB(1, 72), double.Epsilon * 0 })
            Refused<CkksMismatchException>(() => Setup.Encoder.Encode([1.0], scale), $"scale {scale}", "72");
        Assert.Throws<ArgumentException>(() => Setup.Encoder.Encode(new double[2049], Setup.Scale));
        Assert.Throws<ArgumentException>(() => Setup.Encoder.Decode(Setup.Encoder.Encode(1.0, Setup.Scale), new double[2049]));
        Ciphertext ciphertext = Setup.Encrypt([1.0]);
        Refused<CkksMismatchException>(() => ciphertext.Scale = Math.ScaleB(1, 73), "2^72");
        Refused<CkksMismatchException>(() => Setup.Evaluator.MultiplyPlain(ciphertext, Setup.Encoder.Encode(1.0, Math.ScaleB(1, 60))), "2^72");
        Refused<CkksMismatchException>(() => Setup.Evaluator.WeightedSum([ciphertext], [1.0], Math.ScaleB(1, 60)), "2^72");
    }

    [Fact]
    public void Operands_of_different_scales_levels_and_contexts_are_refused()
    {
        Ciphertext a = Setup.Encrypt([1.0]), foreign = Other.Encrypt([1.0]), lower = Setup.Evaluator.ModSwitchToNext(a);
        Ciphertext scaled = Setup.Encryptor.Encrypt(Setup.Encoder.Encode(1.0, 2 * Setup.Scale));
        Evaluator evaluator = Setup.Evaluator;
        string scale = $"{Setup.Scale:R}", twice = $"{2 * Setup.Scale:R}";
        Refused<CkksMismatchException>(() => evaluator.Add(a, scaled), scale, twice);
        Refused<CkksMismatchException>(() => evaluator.Sub(a, scaled), scale, twice);
        Refused<CkksMismatchException>(() => evaluator.AddPlain(a, Setup.Encoder.Encode(1.0, 2 * Setup.Scale)), scale, twice);
        Refused<CkksMismatchException>(() => evaluator.WeightedSum([a, scaled], [1, 1], 4), scale, twice);
        Refused<CkksMismatchException>(() => evaluator.Add(a, lower), "levels 1 and 0");
        Refused<CkksMismatchException>(() => evaluator.MultiplyPlain(lower, Setup.Encoder.Encode(1.0, 4)), "levels 0 and 1");
        Refused<CkksMismatchException>(() => evaluator.Add(a, foreign), foreign.ParmsId.ToString(), a.ParmsId.ToString());
        Refused<CkksMismatchException>(() => evaluator.Negate(foreign), foreign.ParmsId.ToString());
        Refused<CkksMismatchException>(() => Setup.Decryptor.Decrypt(foreign), foreign.ParmsId.ToString());
        Refused<CkksMismatchException>(() => Setup.Encoder.Decode(Other.Encoder.Encode(1.0, 4)), foreign.ParmsId.ToString());
        Refused<CkksMismatchException>(() => Setup.Encryptor.Encrypt(Other.Encoder.Encode(1.0, 4)), foreign.ParmsId.ToString());
        Refused<CkksMismatchException>(() => Setup.Encryptor.EncryptZero(Setup.Context.KeyParmsId), "key level");
        Refused<CkksMismatchException>(() => evaluator.ModSwitchTo(lower, a.ParmsId), "level 1 lies above");
        Refused<CkksMismatchException>(() => evaluator.ModSwitchTo(Setup.Encryptor.Encrypt(Setup.Encoder.Encode(1.0, Math.ScaleB(1, 50))), lower.ParmsId), "2^36");
        Refused<CkksMismatchException>(() => new Decryptor(Setup.Context, Other.SecretKey), Other.Context.KeyParmsId.ToString(), Setup.Context.KeyParmsId.ToString());
        Refused<CkksMismatchException>(() => new Encryptor(Setup.Context, Other.PublicKey), Setup.Context.KeyParmsId.ToString());
        Refused<CkksMismatchException>(() => new KeyGenerator(Setup.Context, Other.SecretKey), Setup.Context.KeyParmsId.ToString());
        Assert.Throws<ArgumentException>(() => evaluator.AddMany());
        Assert.Throws<ArgumentException>(() => evaluator.WeightedSum([a], [1.0, 2.0], 4));
        Assert.Throws<InvalidOperationException>(() => new Encryptor(Setup.Context, Setup.PublicKey).EncryptSymmetric(Setup.Encoder.Encode(1.0, 4)));
        Assert.Throws<InvalidOperationException>(() => new Encryptor(Setup.Context, Setup.SecretKey).Encrypt(Setup.Encoder.Encode(1.0, 4)));
    }

    [Fact]
    public void Scales_that_differ_by_rounding_alone_are_the_same()
    {
        Ciphertext a = Setup.Encrypt([1.0]), b = Setup.Encrypt([2.0]);
        b.Scale = Math.BitDecrement(b.Scale);
        Assert.InRange(Setup.Open(Setup.Evaluator.Add(a, b))[0], 2.999, 3.001);
        b.Scale = Math.ScaleB(b.Scale, 1) / 2 * (1 - 1e-15);
        Assert.Throws<CkksMismatchException>(() => Setup.Evaluator.Add(a, b));
    }

    [Fact]
    public void Transparent_results_are_not_handed_out()
    {
        Ciphertext a = Setup.Encrypt([1.0]);
        Assert.Throws<RefusedException>(() => Setup.Evaluator.Sub(a, a));
        Assert.Throws<RefusedException>(() => Setup.Evaluator.Add(a, Setup.Evaluator.Negate(a)));
        Assert.Throws<RefusedException>(() => Setup.Evaluator.MultiplyPlain(a, Setup.Encoder.Encode(0.0, 4)));
        Assert.Throws<RefusedException>(() => Setup.Evaluator.WeightedSum([a, a], [1, -1], 4));
        byte[] before = a.Save();
        Ciphertext negated = Setup.Evaluator.Negate(a);
        Assert.Throws<RefusedException>(() => Setup.Evaluator.SubInPlace(a, a));
        Assert.Throws<RefusedException>(() => Setup.Evaluator.AddInPlace(a, negated));
        Assert.Throws<RefusedException>(() => Setup.Evaluator.MultiplyPlainInPlace(a, Setup.Encoder.Encode(0.0, 4)));
        Assert.Equal(before, a.Save());   // refused before anything changed
    }

    [Fact]
    public void Seeds_of_generators_that_cannot_be_expanded_are_refused()
    {
        Refused<InvalidParametersException>(() => Setup.Encryptor.EncryptSymmetricSeeded(Setup.Encoder.Encode(1.0, 4), PrngType.Unknown), "0");
        Refused<InvalidParametersException>(() => new UniformRandomGeneratorInfo((PrngType)9, new byte[64]), "9");
        Assert.Throws<ArgumentException>(() => new UniformRandomGeneratorInfo(PrngType.Blake2xb, new byte[63]));
    }

    private static CkksContext Context(int n, SecurityLevel? level, params int[] bits) => new(new EncryptionParameters(n, CoeffModulus.Create(n, bits)), level);

    private static void Refused<T>(Func<object> action, params string[] words)
        where T : CryptoException
    {
        string message = Assert.Throws<T>(action).Message;
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }
}
