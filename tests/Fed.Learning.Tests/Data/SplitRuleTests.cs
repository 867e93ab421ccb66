using System.Text;
using Fed.Learning.Data;
using Fed.Learning.Tests.Data.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Data;

/// <summary>Which rows are held out.</summary>
public sealed class SplitRuleTests
{
    // Places computed by Python's hashlib: int.from_bytes(sha256(b'salt\n' + key).digest()[:8], 'big') / 2**64.
    [Theory]
    [InlineData("patient-1", 0.7221253744334423)]
    [InlineData("patient-2", 0.11974904991456244)]
    [InlineData("x", 0.7892223156559824)]
    [InlineData("é", 0.35818682583986755)]
    public void Place_of_a_key_is_the_published_hash(string key, double place)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(key);
        Assert.Equal(RowRole.Test, new SplitRule.ByKey("k", "salt", place + 1e-12, 0).RoleOf(utf8));
        Assert.Equal(RowRole.Validation, new SplitRule.ByKey("k", "salt", place - 1e-12, 2e-12).RoleOf(utf8));
        Assert.Equal(RowRole.Train, new SplitRule.ByKey("k", "salt", place - 2e-12, 1e-12).RoleOf(utf8));
    }

    [Fact]
    public void Patient_never_straddles_whatever_rows_come_and_in_whatever_order() => Prop.ForAll<NonEmptyArray<PositiveInt>>(static patients =>
    {
        DataTable table = Tables.Csv("patient,a,y\n" + string.Concat(patients.Get.Select(static p => $"p{p.Get % 9},1,0\n")), Keyed("s"));
        return table.Keys["patient"].Zip(table.Roles).GroupBy(static row => row.First, static row => row.Second).All(static rows => rows.Distinct().Count() == 1)
            && table.Roles.SequenceEqual(table.Keys["patient"].Select(static key => ((SplitRule.ByKey)Keyed("s").Split).RoleOf(Encoding.UTF8.GetBytes(key))));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Shares_of_many_keys_are_those_asked_for()   // 5 deviations of a binomial of 20,000: false alarm below 1e-6
    {
        SplitRule.ByKey rule = new("k", "", 0.2, 0.1);
        ILookup<RowRole, int> roles = Enumerable.Range(0, 20_000).ToLookup(i => rule.RoleOf(Encoding.UTF8.GetBytes($"{i}")));
        Assert.InRange(roles[RowRole.Test].Count(), 4_000 - 283, 4_000 + 283);
        Assert.InRange(roles[RowRole.Validation].Count(), 2_000 - 213, 2_000 + 213);
    }

    [Fact]
    public void Another_salt_gives_another_division()
    {
        string rows = "patient,a,y\n" + string.Concat(Enumerable.Range(0, 100).Select(static p => $"{p},1,0\n"));
        Assert.NotEqual(Tables.Csv(rows, Keyed("s")).Roles, Tables.Csv(rows, Keyed("t")).Roles);
    }

    [Fact]
    public void Row_without_its_key_is_refused() =>
        Assert.Equal("t.csv, row 1, column 'patient' is empty, but it decides whether the row is for testing; fill it, or set its missing-value policy to drop-row.",
            Tables.Refused(static () => Tables.Csv("patient,a,y\np,1,0\n,2,0\n", Keyed("s"))));

    [Fact]
    public void Column_may_name_validation_rows() =>
        Assert.Equal([RowRole.Train, RowRole.Validation, RowRole.Test], Tables.Csv("set,a,y\ntrain,1,0\nvalidation,2,0\ntest,3,1\n", new DataSchema([], "y", new SplitRule.ByColumn("set"))).Roles);

    [Fact]
    public void Validation_rows_are_taken_from_the_training_rows_only()
    {
        DataTable table = Tables.Csv("a,y\n" + string.Concat(Enumerable.Repeat("1,0\n", 10)), new DataSchema([], "y", new SplitRule.EveryNth(5, 4) { ValidationEvery = 2 }));
        Assert.Equal("VTVTXTVTVX", string.Concat(table.Roles.Select(static role => role switch { RowRole.Train => 'T', RowRole.Validation => 'V', _ => 'X' })));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0.5)]
    [InlineData(0.5, -0.1)]
    public void Shares_that_leave_nothing_are_refused(double test, double validation) =>
        Assert.Contains("the split's shares", Tables.Refused(() => Tables.Csv("k,y\n1,0\n", new DataSchema([], "y", new SplitRule.ByKey("k", "", test, validation)))), StringComparison.Ordinal);

    private static DataSchema Keyed(string salt) => new([], "y", new SplitRule.ByKey("patient", salt, 0.3, 0.2));
}
