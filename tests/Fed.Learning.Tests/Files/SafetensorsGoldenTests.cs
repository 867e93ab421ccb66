using System.Text;
using Fed.Learning.Files;

namespace Fed.Learning.Tests.Files;

public sealed class SafetensorsGoldenTests
{
    /// <summary>Written by hand from the format's description (docs/reports.md).</summary>
    [Fact]
    public void Tiny_model_gives_these_bytes()
    {
        const string Header = """
            {"__metadata__":{"format":"fedactors/1","name":"tiny","kind":"logistic","features":"[\"age\",\"Größe \\\"cm\\\"\"]","classes":"[\"0\",\"1\"]","job":"j1","round":"7","sha256":"ab"},"coefficients":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"intercept":{"dtype":"F64","shape":[1],"data_offsets":[16,24]}}
            """;
        byte[] header = Encoding.UTF8.GetBytes(Header);
        int padded = (header.Length + 7) / 8 * 8;
        byte[] expected =
        [
            (byte)(padded & 0xff), (byte)(padded >> 8), 0, 0, 0, 0, 0, 0,
            .. header,
            .. Enumerable.Repeat((byte)' ', padded - header.Length),
            0, 0, 0, 0, 0, 0, 0xe0, 0x3f,   // 0.5
            0, 0, 0, 0, 0, 0, 0, 0xc0,      // -2
            0, 0, 0, 0, 0, 0, 0xf0, 0x3f,   // 1
        ];
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(SampleModels.Bytes(SampleModels.Tiny)));
    }

    [Fact]
    public void Tiny_model_gives_this_json()
    {
        using var stream = new MemoryStream();
        ModelFile.Write(SampleModels.Tiny, ModelFormat.Json, stream);
        const string Expected = """
            {
              "format": "fedactors/1",
              "name": "tiny",
              "kind": "logistic",
              "features": [
                "age",
                "Größe \"cm\""
              ],
              "classes": [
                "0",
                "1"
              ],
              "job": "j1",
              "round": 7,
              "sha256": "ab",
              "tensors": {
                "coefficients": {
                  "shape": [
                    2
                  ],
                  "values": [
                    0.5,
                    -2
                  ]
                },
                "intercept": {
                  "shape": [
                    1
                  ],
                  "values": [
                    1
                  ]
                }
              }
            }

            """;
        Assert.Equal(Expected, Encoding.UTF8.GetString(stream.ToArray()));
    }
}
