using System.Numerics;
using Fed.Crypto.Ckks;
using Fed.Crypto.Ckks.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Ckks;

/// <summary>What must hold for all parameters and numbers.</summary>
public sealed class CkksProperties
{
    private static readonly Gen<(CkksSetup Setup, int Seed)> Cases =
        Gen.Elements(CkksSetup.Kinds).SelectMany(static kind => Gen.Choose(1, 1_000_000).Select(seed => (CkksSetup.Get(kind), seed)));

    [Fact]
    public void Sums_differences_and_products_of_ciphertexts_are_those_of_numbers() => ForAll((setup, seed) =>
    {
        (double[] v, double[] w) = (setup.Numbers(seed), setup.Numbers(seed + 1));
        (Ciphertext a, Ciphertext b) = (setup.Encrypt(v), setup.Encryptor.EncryptSymmetric(setup.Encoder.Encode(w, setup.Scale)));
        Plaintext p = setup.Encoder.Encode(w, setup.Scale);
        Evaluator evaluator = setup.Evaluator;
        Near(setup, v.Zip(w, (x, y) => x + y), evaluator.Add(a, b));
        Near(setup, v.Zip(w, (x, y) => x - y), evaluator.Sub(a, b));
        Near(setup, v.Select(x => -x), evaluator.Negate(a));
        Near(setup, v.Zip(w, (x, y) => x + y), evaluator.AddPlain(a, p));
        Near(setup, v.Zip(w, (x, y) => x - y), evaluator.SubPlain(a, p));
        // The weight's own rounding adds to the error.
        Plaintext weight = setup.Encoder.Encode(w, Math.ScaleB(1, 10));
        Near(setup, v.Zip(w, (x, y) => x * y), evaluator.MultiplyPlain(a, weight), setup.ErrorMax + (setup.Context.PolyModulusDegree / 1024.0));
        Near(setup, v.Zip(w, (x, y) => (0.5 * x) - (0.25 * y)), evaluator.WeightedSum([a, b], [0.5, -0.25], 4));
    });

    [Fact]
    public void The_operations_that_make_copies_leave_their_operands_alone() => ForAll((setup, seed) =>
    {
        Ciphertext a = setup.Encrypt(setup.Numbers(seed)), b = setup.Encrypt(setup.Numbers(seed + 1));
        (byte[] before, byte[] other) = (a.Save(), b.Save());
        Plaintext p = setup.Encoder.Encode(0.5, setup.Scale), weight = setup.Encoder.Encode(0.5, 2);
        Ciphertext[] results =
        [
            setup.Evaluator.Add(a, b), setup.Evaluator.Sub(a, b), setup.Evaluator.Negate(a), setup.Evaluator.AddPlain(a, p), setup.Evaluator.SubPlain(a, p),
            setup.Evaluator.MultiplyPlain(a, weight), setup.Evaluator.WeightedSum([a, b], [1, 2], 1),
        ];
        Assert.All(results, result => Assert.NotEqual(before, result.Save()));
        Assert.Equal(before, a.Save());
        Assert.Equal(other, b.Save());
    }, count: 10);

    [Fact]
    public void Encoding_and_decoding_real_and_complex_numbers_loses_rounding_only() => ForAll((setup, seed) =>
    {
        double[] v = setup.Numbers(seed, range: 100)[..(1 + (seed % setup.Encoder.SlotCount))];
        double tolerance = setup.Context.PolyModulusDegree / setup.Scale;
        double[] decoded = setup.Encoder.Decode(setup.Encoder.Encode(v, setup.Scale));
        Assert.InRange(decoded.Zip(v.Concat(Enumerable.Repeat(0.0, decoded.Length - v.Length)), (a, b) => Math.Abs(a - b)).Aggregate(0.0, Math.Max), 0, tolerance);

        Complex[] z = [.. v.Select((x, i) => new Complex(x, v[^(i + 1)]))];
        Complex[] complex = setup.Encoder.DecodeComplex(setup.Encoder.Encode(z, setup.Scale));
        Assert.InRange(complex.Zip(z, (a, b) => Complex.Abs(a - b)).Aggregate(0.0, Math.Max), 0, tolerance);
        Complex all = setup.Encoder.DecodeComplex(setup.Encoder.Encode(z[0], setup.Scale))[^1];
        Assert.InRange(Complex.Abs(all - z[0]), 0, tolerance);
    });

    [Fact]
    public void Every_object_of_every_level_survives_the_wire_in_either_compression() => ForAll((setup, seed) =>
    {
        Random random = new(seed);
        SealSaveOptions options = new() { Compression = (SealCompression)random.Next(2), VersionMinor = (byte)random.Next(5) };
        CkksContext context = setup.Context, reader = new(EncryptionParameters.Load(context.Parameters.Save(options)));
        ContextData level = context.Levels.Where(l => l.ChainIndex <= context.FirstContextData.ChainIndex).OrderBy(_ => random.Next()).First();
        Plaintext plaintext = setup.Encoder.Encode(setup.Numbers(seed), setup.Scale, level.ParmsId);
        Ciphertext ciphertext = setup.Encryptor.Encrypt(plaintext);
        SeededCiphertext seeded = setup.Encryptor.EncryptSymmetricSeeded(plaintext, (PrngType)(1 + random.Next(2)));
        Assert.Equal(plaintext.Save(), Plaintext.Load(reader, plaintext.Save(options)).Save());
        Assert.Equal(ciphertext.Save(), Ciphertext.Load(reader, ciphertext.Save(options)).Save());
        Assert.Equal(seeded.Save(), SeededCiphertext.Load(reader, seeded.Save(options)).Save());
        Assert.Equal(seeded.Expand().Save(), Ciphertext.Load(reader, seeded.Save(options)).Save());
        Assert.Equal(setup.SecretKey.Save(), SecretKey.Load(reader, setup.SecretKey.Save(options)).Save());
        Assert.Equal(setup.PublicKey.Save(), PublicKey.Load(reader, setup.PublicKey.Save(options)).Save());
    }, count: 20);

    [Fact]
    public void Seeded_ciphertexts_and_keys_open_like_whole_ones() => ForAll((setup, seed) =>
    {
        double[] v = setup.Numbers(seed);
        PrngType type = (PrngType)(1 + (seed % 2));
        Near(setup, v, setup.Encryptor.EncryptSymmetricSeeded(setup.Encoder.Encode(v, setup.Scale), type).Expand());
        SeededPublicKey key = new KeyGenerator(setup.Context, setup.SecretKey).CreateSeededPublicKey(type);
        Assert.Equal(key.Expand().Save(), PublicKey.Load(setup.Context, key.Save()).Save());
        Near(setup, v, new Encryptor(setup.Context, key.Expand()).Encrypt(setup.Encoder.Encode(v, setup.Scale)));
    });

    [Fact]
    public void Encryption_at_every_level_opens_there() => ForAll((setup, seed) =>
    {
        double[] v = setup.Numbers(seed);
        foreach (ContextData level in setup.Context.Levels.Where(l => l.ChainIndex <= setup.Context.FirstContextData.ChainIndex))
        {
            Plaintext plaintext = setup.Encoder.Encode(v, setup.Scale, level.ParmsId);
            foreach (Ciphertext ciphertext in new[] { setup.Encryptor.Encrypt(plaintext), setup.Encryptor.EncryptSymmetric(plaintext) })
            {
                Assert.Equal(level.ParmsId, ciphertext.ParmsId);
                Near(setup, v, ciphertext);
            }
        }
    }, count: 10);

    [Fact]
    public void Dropping_a_prime_keeps_the_scale_and_rescaling_divides_it() => ForAll((setup, seed) =>
    {
        double[] v = setup.Numbers(seed);
        Ciphertext ciphertext = setup.Encrypt(v);
        ContextData first = setup.Context.FirstContextData;
        if (first.NextContextData is not { } next)
        {
            Assert.Throws<CkksMismatchException>(() => setup.Evaluator.ModSwitchToNext(ciphertext));
            Assert.Throws<CkksMismatchException>(() => setup.Evaluator.RescaleToNext(ciphertext));
            return;
        }
        Ciphertext dropped = setup.Evaluator.ModSwitchToNext(ciphertext);
        Assert.Equal((next.ParmsId, ciphertext.Scale), (dropped.ParmsId, dropped.Scale));
        Near(setup, v, dropped);
        Assert.Equal(dropped.Save(), setup.Evaluator.ModSwitchTo(ciphertext, next.ParmsId).Save());
        Plaintext plaintext = setup.Encoder.Encode(v, setup.Scale);
        Assert.Equal(setup.Encoder.Encode(v, setup.Scale, next.ParmsId).Save(), setup.Evaluator.ModSwitchToNext(plaintext).Save());

        Ciphertext switched = ciphertext.Clone();
        setup.Evaluator.ModSwitchToNextInPlace(switched);
        Assert.Equal(dropped.Save(), switched.Save());
        setup.Evaluator.ModSwitchToInPlace(switched, next.ParmsId);   // to where it is: nothing changes
        Assert.Equal(dropped.Save(), switched.Save());
        setup.Evaluator.ModSwitchToNextInPlace(plaintext);
        Assert.Equal(setup.Encoder.Encode(v, setup.Scale, next.ParmsId).Save(), plaintext.Save());

        ulong prime = first.Ring.Moduli[^1].Value;
        Ciphertext product = setup.Evaluator.MultiplyPlain(ciphertext, setup.Encoder.Encode(1.0, prime));
        Ciphertext rescaled = setup.Evaluator.RescaleToNext(product);
        Assert.Equal((next.ParmsId, product.Scale / prime), (rescaled.ParmsId, rescaled.Scale));
        Near(setup, v, rescaled);
        Assert.Equal(setup.Evaluator.RescaleTo(product, next.ParmsId).Save(), rescaled.Save());
        setup.Evaluator.RescaleToInPlace(product, next.ParmsId);
        Assert.Equal(rescaled.Save(), product.Save());
    });

    private static void Near(CkksSetup setup, IEnumerable<double> expected, Ciphertext ciphertext, double? tolerance = null)
    {
        double bound = tolerance ?? (3 * setup.ErrorMax);
        Assert.InRange(expected.Zip(setup.Open(ciphertext), (a, b) => Math.Abs(a - b)).Aggregate(0.0, Math.Max), 0, bound);
    }

    private static void ForAll(Action<CkksSetup, int> property, int count = 30) =>
        Prop.ForAll(Cases.ToArbitrary(), c => property(c.Setup, c.Seed)).Check(Config.QuickThrowOnFailure.WithMaxTest(count));
}
