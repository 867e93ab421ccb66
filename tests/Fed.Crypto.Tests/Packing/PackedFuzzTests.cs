using System.Buffers.Binary;
using System.Globalization;
using Fed.Crypto.Packing;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Packing;

/// <summary>Damaged packed objects against their reader; FED_FUZZ_OBJECTS sets how many.</summary>
public sealed class PackedFuzzTests
{
    private const int AllocatedMax = 20_000;   // a refusal's message, or the generator that expands a seed

    private static readonly int Objects = int.Parse(Environment.GetEnvironmentVariable("FED_FUZZ_OBJECTS") ?? "20000", CultureInfo.InvariantCulture);

    [Fact]
    public void Damaged_objects_are_refused_or_summed_within_bounds_and_never_anything_else()
    {
        PackingLayout layout = PackingLayout.Create(PackingProfile.FastSymmetric, PackedSum.Schema((20_000, 16)), new PackingJob(64));
        using RlweSecretKey key = RlweSecretKey.Generate(layout.Profile.Ring, SystemEntropy.Instance);
        SumAccumulator accumulator = new(layout, key.Id.AsSpan());
        byte[] closed = new byte[accumulator.SumBytes];
        byte[] ciphertext = PackedSum.Encrypt(layout, key, PackedSum.Vector(layout.Schema, 1))[0];
        accumulator.Add(ciphertext);
        accumulator.Close(closed);
        byte[][] seeds = [ciphertext, [.. closed]];
        Random random = new(4);
        int refused = 0, summed = 0;
        for (int i = 0; i < Objects; i++)
        {
            byte[] mutant = Mutate(random, seeds[i % seeds.Length]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                accumulator.Add(mutant);
                summed++;
            }
            catch (SealFormatException)
            {
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedMax);
            Assert.Equal(accumulator.Index < 0 ? 0 : 1, accumulator.Summands);
            if (accumulator.Summands > 0) accumulator.Close(closed);
        }
        Assert.True(refused > Objects / 2 && summed > Objects / 200, $"{refused} refused, {summed} summed");
    }

    private static byte[] Mutate(Random random, byte[] seed)
    {
        byte[] bytes = [.. seed];
        switch (random.Next(10))
        {
            case 0: return bytes[..random.Next(bytes.Length)];
            case 1: return [.. bytes, .. new byte[random.Next(1, 200)]];
            case 2: BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(104 + (4 * random.Next(4))), random.Next(int.MinValue, int.MaxValue)); return bytes;
            case 3: bytes.AsSpan(random.Next(bytes.Length - 8), 8).Fill(0xFF); return bytes;
            case 4: bytes[PackedFormat.HeaderBytes + random.Next(bytes.Length - PackedFormat.HeaderBytes)] ^= (byte)(1 << random.Next(8)); return bytes;
            case 5: bytes[5] = (byte)random.Next(6); return bytes;
            default: bytes[random.Next(PackedFormat.HeaderBytes)] ^= (byte)(1 << random.Next(8)); return bytes;
        }
    }
}
