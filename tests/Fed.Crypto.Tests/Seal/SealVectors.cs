namespace Fed.Crypto.Tests.Seal;

/// <summary>SEAL 4.4.3's own bytes (tests/data/seal/README.md).</summary>
internal static class SealVectors
{
    /// <summary>The folder of the vectors beside the test's binaries.</summary>
    public static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "seal");

    /// <summary>The bytes of a vector, such as <c>("n4096_54_55", "parms.bin")</c>.</summary>
    public static byte[] Read(params string[] parts) => File.ReadAllBytes(Path.Combine([Root, .. parts]));
}
