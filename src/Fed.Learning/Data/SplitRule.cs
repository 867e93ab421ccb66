using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fed.Learning.Data;

/// <summary>What a row is for.</summary>
public enum RowRole
{
    /// <summary>Models are fitted to it.</summary>
    Train,

    /// <summary>Held out for choosing settings.</summary>
    Validation,

    /// <summary>Held out for the figures that are reported.</summary>
    Test,
}

/// <summary>Which rows are for training, validation and testing.</summary>
public abstract record SplitRule
{
    private protected SplitRule()
    {
    }

    /// <summary>Row i (0-based behind the header) is for testing when <c>i % Every == Offset</c>.</summary>
    /// <param name="Every">At least 2.</param>
    /// <param name="Offset">0 to Every - 1.</param>
    public sealed record EveryNth(int Every = 5, int Offset = 4) : SplitRule;

    /// <summary>Rows whose column says <c>train</c>, <c>validation</c> or <c>test</c>.</summary>
    /// <param name="Name">The column.</param>
    public sealed record ByColumn(string Name) : SplitRule;

    /// <summary>By a hash of a key such as the patient's number: all rows of one key are for the same, at every site, in every file and however often rows are added.</summary>
    /// <param name="Name">The key column.</param>
    /// <param name="Salt">Another salt gives another division.</param>
    /// <param name="Test">Share of the keys for testing, above 0.</param>
    /// <param name="Validation">Share of the keys for validation, at least 0; both together below 1.</param>
    public sealed record ByKey(string Name, string Salt, double Test, double Validation) : SplitRule
    {
        /// <summary>What the rows of a key are for: SHA-256 of <c>salt, line feed, key</c>, its first 64 bits as a fraction of 2^64, is in [0, Test), then [Test, Test + Validation), or beyond.</summary>
        public RowRole RoleOf(ReadOnlySpan<byte> key)
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Encoding.UTF8.GetBytes(Salt + "\n"));
            hash.AppendData(key);
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            hash.GetHashAndReset(digest);
            double place = (BinaryPrimitives.ReadUInt64BigEndian(digest) >> 11) * (1.0 / (1UL << 53));
            return place < Test ? RowRole.Test : place < Test + Validation ? RowRole.Validation : RowRole.Train;
        }
    }

    /// <summary>Of the rows that the rule leaves for training, row i is held out for validation when <c>i % ValidationEvery == 0</c>; null holds none out. At least 2.</summary>
    public int? ValidationEvery { get; init; }

    /// <summary>The column that the rule reads; null where it counts rows.</summary>
    public string? Column => this switch { ByColumn column => column.Name, ByKey key => key.Name, _ => null };

    /// <summary>Says what is wrong with the rule, or null.</summary>
    internal string? Check() => this switch
    {
        EveryNth nth when nth.Every < 2 || nth.Offset < 0 || nth.Offset >= nth.Every => $"the split takes row i when i mod {nth.Every} is {nth.Offset}; every must be at least 2 and offset below it.",
        ByKey key when !(key.Test > 0 && key.Validation >= 0 && key.Test + key.Validation < 1) => $"the split's shares are {key.Test} for testing and {key.Validation} for validation; the first must be above 0 and both together below 1.",
        _ => null,
    };
}
